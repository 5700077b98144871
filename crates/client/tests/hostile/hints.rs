//! What a file says of itself in clear.

use clausa_api::Bytes;
use clausa_api::template::Template;
use clausa_client::{PolicyChoice, ProtectOptions, Source};
use clausa_core::id::TemplateId;
use clausa_core::open::read_header;

use crate::fake::Fake;

const NAME: &str = "Contoso - Before the merger";

/// Clause 3.6: a file names its template only where the tenant allows it.
#[tokio::test]
async fn a_template_is_named_in_clear_only_where_the_tenant_allows_it() {
    let template = Template {
        id: TemplateId::from_bytes([4; 16]),
        slug: "merger".to_owned(),
        name: NAME.to_owned(),
        version: 1,
        digest: Bytes(vec![5; 32]),
        grants: Vec::new(),
        offline_seconds: 0,
    };
    for is_allowed in [false, true] {
        let ours = Fake::start().await;
        {
            let mut state = ours.state.lock().unwrap();
            state.templates.push(template.clone());
            state.allows_hints = is_allowed;
        }
        let janet = ours.person().await;
        std::fs::write(janet.path("plan.txt"), "the plan").unwrap();
        let options = ProtectOptions::new(PolicyChoice::Template("merger".to_owned()));
        let protected = janet
            .client
            .protect(Source::file(janet.path("plan.txt")), options);
        let file = std::fs::read(protected.await.unwrap().output).unwrap();

        let header = read_header(file.as_slice()).unwrap();
        let hint = header
            .licence()
            .hint()
            .map(|hint| (hint.template(), hint.label()));
        assert_eq!(hint, is_allowed.then_some((template.id, NAME)));
        let is_in_clear = |text: &[u8]| file.windows(text.len()).any(|some| some == text);
        assert_eq!(is_in_clear(NAME.as_bytes()), is_allowed);
        assert_eq!(is_in_clear(&[4; 16]), is_allowed);
    }
}
