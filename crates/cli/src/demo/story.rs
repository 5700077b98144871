//! The story: sign up, protect, open, refuse, record. Every step checks that it came out as it must.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clausa_api::log::{LogEntry, LogQuery, RequestType};
use clausa_client::{
    Client, Freshness, OpenError, Opened, PolicyChoice, ProtectOptions, Recipient, Sink, Source, SystemClock,
    UnprotectOptions, Until,
};
use clausa_core::id::ContentId;
use clausa_core::rights::{Right, Rights};
use clausa_core::time::{Clock as _, Timestamp};

use super::{Document, Person, Stage};
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::terms;

const TEMPLATE: &str = "confidential-view-only";
/// For how many days p.dover is given access.
const ACCESS_DAYS: u64 = 30;
/// What p.dover is given.
const GUEST_RIGHTS: &str = "VIEW,PRINT";

/// Plays it from the beginning to the end.
pub async fn play(stage: &Stage, document: &Document) -> Outcome {
    let begun = Instant::now();
    let mut story = Story { stage, step: 0 };
    story.prologue(document)?;
    let janet = story.janet_founds().await?;
    let john = story.john_joins(&janet).await?;
    let plan = story.janet_protects_for_contoso(&janet, document).await?;
    story.john_opens(&john, &plan, document).await?;
    let offer = story.janet_protects_for_dover(&janet, document).await?;
    let dover = story.dover_opens(&offer, document).await?;
    let outsider = story.outsider_is_refused(&offer).await?;
    story.dover_cannot_unprotect(&dover, &offer).await?;
    story
        .janet_reads_the_log(&janet, &[&john, &dover, &outsider], [&plan, &offer])
        .await?;
    story.epilogue(&janet, &offer, begun)
}

/// A step that did not come out as it must.
pub fn broken(what: impl Into<String>) -> Failure {
    Failure::new(Kind::DemoFailed, what)
}

struct Story<'a> {
    stage: &'a Stage,
    step: u32,
}

/// A protected file of the story.
struct Letter {
    path: PathBuf,
    id: ContentId,
    until: Option<Timestamp>,
}

impl Story<'_> {
    fn prologue(&self, document: &Document) -> Outcome {
        let stage = self.stage;
        stage.printer().tell(|words| {
            words.heading("Clausa: files that stay under their owner's terms after they are sent")?;
            words.line(&format!(
                "An authority is running at {}, its database in {}.",
                stage.origin(),
                stage.data().display()
            ))?;
            words.line(&format!(
                "Mail goes by SMTP to a mail server of this demonstration ({}). The document: {}.",
                stage.mail().addr(),
                document.name()
            ))?;
            words.line("Each person has a profile: read `janet$ clausa ...` as")?;
            words.command(&format!(
                "clausa --profile {}/profiles/janet ...",
                stage.folder().display()
            ))
        })
    }

    async fn janet_founds(&mut self) -> Outcome<Person> {
        let janet = Person::enter(
            self.stage,
            "janet",
            "janet@contoso.example",
            ("Janet", "Verhoeven"),
        )
        .await?;
        janet.client.trust(self.stage.origin()).await?;
        let signed_up = janet.sign_up(self.stage, None).await?;
        let organisation = signed_up
            .done
            .organisation
            .clone()
            .ok_or_else(|| broken("no organisation was made"))?;
        check(
            signed_up.done.organisation_is_new,
            "janet's organisation is not new",
        )?;
        let templates = janet.client.templates(Freshness::Now).await?.templates;
        let named = |slug: &str, name: String| templates.iter().any(|t| t.slug == slug && t.name == name);
        check(
            templates.len() == 2
                && named("confidential", format!("{organisation} - Confidential"))
                && named(TEMPLATE, format!("{organisation} - Confidential View Only")),
            "the organisation does not have its two templates",
        )?;
        self.tell(
            "Janet signs up, the first of her organisation",
            "janet",
            &[format!("trust {}", self.stage.origin()), format!("signup {}", janet.address)],
            &[
                format!("A code came to {} by mail; she typed it and is in.", janet.address),
                format!(
                    "The organisation {organisation} was made, with its own keys and the templates `{}` and `{}`.",
                    templates[0].name, templates[1].name
                ),
            ],
        )?;
        Ok(janet)
    }

    async fn john_joins(&mut self, janet: &Person) -> Outcome<Person> {
        let john = Person::enter(self.stage, "john", "john@contoso.example", ("John", "Okafor")).await?;
        john.client.trust(self.stage.origin()).await?;
        let signed_up = john.sign_up(self.stage, None).await?;
        let tenant = janet.client.whoami().await?.identity.tenant;
        check(
            !signed_up.done.organisation_is_new,
            "john made an organisation of his own",
        )?;
        check(
            signed_up.done.tenant == tenant,
            "john is not in janet's organisation",
        )?;
        let organisation = signed_up.done.organisation.unwrap_or_default();
        self.tell(
            "John, a colleague, joins the same organisation",
            "john",
            &[
                format!("trust {}", self.stage.origin()),
                format!("signup {}", john.address),
            ],
            &[format!(
                "The same way in; he joined {organisation}. Nobody had to set anything up."
            )],
        )?;
        Ok(john)
    }

    async fn janet_protects_for_contoso(&mut self, janet: &Person, document: &Document) -> Outcome<Letter> {
        let (original, length) = document
            .copy_into(janet.files())
            .map_err(|error| Failure::from_write(&error, "the document of the story"))?;
        let options = ProtectOptions::new(PolicyChoice::template(TEMPLATE));
        let (letter, bytes) = protect(&janet.client, &original, None, options).await?;
        check(unchanged(document, &original)?, "protecting changed the original")?;
        self.tell(
            "Janet protects the document for her organisation: view only",
            "janet",
            &[format!("protect {} --template {TEMPLATE}", document.name())],
            &[
                format!(
                    "{} ({}) is ready to be sent by any channel.",
                    name_of(&letter.path),
                    terms::size(bytes)
                ),
                format!(
                    "The original ({}) is untouched; the protected one is {} larger.",
                    terms::size(length),
                    terms::size(bytes - length)
                ),
            ],
        )?;
        Ok(letter)
    }

    async fn john_opens(&mut self, john: &Person, letter: &Letter, document: &Document) -> Outcome {
        let copy = john.receive(&letter.path)?;
        let mut opened = john.client.open(Source::file(&copy)).await?;
        let expected: Rights = [Right::View, Right::ViewRightsData].into_iter().collect();
        check(
            opened.rights() == expected,
            format!("john may {} and not {expected}", opened.rights()),
        )?;
        let bytes = same_bytes(&mut opened, document)?;
        self.tell(
            "John opens it",
            "john",
            &[format!("open {}", name_of(&copy))],
            &[
                format!("All {bytes} bytes are those of the original. He may: {expected}."),
                format!(
                    "Without a network he may open it again until {}; then the authority is asked.",
                    terms::moment(opened.facts().offline_until)
                ),
            ],
        )
    }

    async fn janet_protects_for_dover(&mut self, janet: &Person, document: &Document) -> Outcome<Letter> {
        let original = janet.files().join(document.name());
        let end = SystemClock.now().plus_days(ACCESS_DAYS);
        let day = end.to_string().chars().take(10).collect::<String>();
        let who = "p.dover@fabrikam.example";
        let recipient: Recipient = who.parse()?;
        let rights: Rights = GUEST_RIGHTS.parse().map_err(|error| broken(format!("{error}")))?;
        let mut options = ProtectOptions::new(PolicyChoice::rights([recipient], rights));
        options.until = Some(day.parse::<Until>()?);
        let output = with_extension(&original, "for-dover.clausa");
        let (mut letter, _) = protect(&janet.client, &original, Some(output), options).await?;
        letter.until = match day.parse::<Until>()? {
            Until::Time(at) => Some(at),
            _ => None,
        };
        let file = name_of(&letter.path);
        self.tell(
            "Janet protects another copy for one person of another company, until a date",
            "janet",
            &[format!("protect {} --to {who} --rights {GUEST_RIGHTS} --until {day} -o {file}", document.name())],
            &[format!("{file} names a person who has never heard of Clausa. The list of readers inside is encrypted.")],
        )?;
        Ok(letter)
    }

    async fn dover_opens(&mut self, letter: &Letter, document: &Document) -> Outcome<Person> {
        let dover = Person::enter(self.stage, "dover", "p.dover@fabrikam.example", ("Paul", "Dover")).await?;
        let copy = dover.receive(&letter.path)?;
        let file = name_of(&copy);
        match dover.client.open(Source::file(&copy)).await {
            Err(OpenError::AuthorityUnknown { .. }) => {}
            other => return Err(unexpected("an unknown authority was talked to", other)),
        }
        dover.client.trust(self.stage.origin()).await?;
        let waiting = match dover.client.open(Source::file(&copy)).await {
            Err(OpenError::SignInRequired { waiting, .. }) => *waiting,
            other => return Err(unexpected("a file opened without an account", other)),
        };
        let signed_up = dover.sign_up(self.stage, Some(waiting)).await?;
        let back = signed_up
            .waiting
            .and_then(|waiting| waiting.path)
            .ok_or_else(|| broken("no document waited"))?;
        let mut opened = dover.client.open(Source::file(back)).await?;
        let expected: Rights = GUEST_RIGHTS.parse().map_err(|error| broken(format!("{error}")))?;
        check(
            opened.rights() == expected,
            format!("p.dover may {} and not {expected}", opened.rights()),
        )?;
        check(
            opened.facts().not_after == letter.until,
            "the end of p.dover's access is not the one that was set",
        )?;
        let bytes = same_bytes(&mut opened, document)?;
        self.tell(
            "Paul Dover of Fabrikam gets it by mail and opens it, from nothing",
            "dover",
            &[
                format!("open {file}"),
                format!("trust {}", self.stage.origin()),
                format!("signup {} --for {file}", dover.address),
            ],
            &[
                "First nothing was sent: his profile did not know the authority. Then he signed up by mail proof.".to_owned(),
                format!(
                    "The document had waited and opened: all {bytes} bytes. He may: {expected}, until {}.",
                    opened.facts().not_after.map(terms::moment).unwrap_or_default()
                ),
            ],
        )?;
        Ok(dover)
    }

    async fn outsider_is_refused(&mut self, letter: &Letter) -> Outcome<Person> {
        let outsider = Person::enter(
            self.stage,
            "mallory",
            "mallory@tailspin.example",
            ("Mallory", "Quick"),
        )
        .await?;
        outsider.client.trust(self.stage.origin()).await?;
        outsider.sign_up(self.stage, None).await?;
        let copy = outsider.receive(&letter.path)?;
        let refused = match outsider.client.open(Source::file(&copy)).await {
            Err(error @ OpenError::NotNamed { .. }) => Failure::from(error),
            other => return Err(unexpected("an outsider was not refused", other)),
        };
        self.tell(
            "Mallory, an outsider with a copy and an account, is refused",
            "mallory",
            &[format!("open {}", name_of(&copy))],
            &[
                format!("Refused: {}. Exit code {}.", refused.what(), refused.exit_code()),
                refused.advice().to_owned(),
            ],
        )?;
        Ok(outsider)
    }

    async fn dover_cannot_unprotect(&mut self, dover: &Person, letter: &Letter) -> Outcome {
        let copy = dover.files().join(name_of(&letter.path));
        let target = dover.files().join("in-clear");
        let options = UnprotectOptions {
            output: Some(Sink::file(&target)),
            ..UnprotectOptions::default()
        };
        let refused = match dover.client.unprotect(Source::file(&copy), options).await {
            Err(
                error @ OpenError::RightMissing {
                    right: Right::Export, ..
                },
            ) => Failure::from(error),
            other => return Err(unexpected("protection was taken off without EXPORT", other)),
        };
        let files = std::fs::read_dir(dover.files()).map_or(0, Iterator::count);
        check(
            !target.exists() && files == 1,
            "something was left behind by a refused unprotect",
        )?;
        self.tell(
            "Paul Dover tries to take the protection off",
            "dover",
            &[format!("unprotect {} -o in-clear", name_of(&copy))],
            &[format!(
                "Refused: {}. Exit code {}. Nothing was written.",
                refused.what(),
                refused.exit_code()
            )],
        )
    }

    async fn janet_reads_the_log(
        &mut self,
        janet: &Person,
        [john, dover, outsider]: &[&Person; 3],
        [plan, offer]: [&Letter; 2],
    ) -> Outcome {
        let query = LogQuery {
            limit: Some(1000),
            ..LogQuery::default()
        };
        let entries = janet.client.log(&query).await?.entries;
        let expected = [
            (janet, RequestType::Publish, plan, "Success"),
            (*john, RequestType::AcquireLicense, plan, "Success"),
            (janet, RequestType::Publish, offer, "Success"),
            (*dover, RequestType::AcquireLicense, offer, "Success"),
            (*outsider, RequestType::AcquireLicense, offer, "not-named"),
            (*dover, RequestType::RemoveProtection, offer, "right-missing"),
        ];
        let mut rows = vec![
            ["TIME", "WHO", "REQUEST", "RESULT", "FILE"]
                .map(String::from)
                .to_vec(),
        ];
        for (who, request, letter, result) in expected {
            let matches = |entry: &&LogEntry| {
                entry.user == who.address.as_str()
                    && entry.request == request
                    && entry.content == Some(letter.id)
                    && entry.result == result
            };
            let entry = entries.iter().find(matches).ok_or_else(|| {
                broken(format!(
                    "the log does not show {}'s {} of {}",
                    who.name,
                    request.as_str(),
                    name_of(&letter.path)
                ))
            })?;
            rows.push(vec![
                terms::moment(Timestamp::from_seconds(entry.at_micros / 1_000_000)),
                entry.user.clone(),
                entry.request.as_str().to_owned(),
                entry.result.clone(),
                entry.file_name.clone().unwrap_or_default(),
            ]);
        }
        self.tell(
            "Janet, the owner, sees all of it",
            "janet",
            &["log".to_owned()],
            &[],
        )?;
        self.stage.printer().tell(|words| words.table(&rows))
    }

    fn epilogue(&self, janet: &Person, offer: &Letter, begun: Instant) -> Outcome {
        let stage = self.stage;
        let seconds = begun.elapsed().as_secs_f32();
        stage.printer().tell(|words| {
            words.gap()?;
            words.heading(&format!(
                "All {} steps came out as they must, in {seconds:.1} seconds.",
                self.step
            ))?;
            words.line(&format!(
                "Everything is in {}. Go on with:",
                stage.folder().display()
            ))?;
            words.command(&format!("clausa serve --data {}", stage.data().display()))?;
            let profile = janet.profile().display();
            words.command(&format!(
                "clausa --profile {profile} revoke {}",
                offer.path.display()
            ))
        })
    }

    /// Tells one step: what a person would type, what happened.
    fn tell(&mut self, title: &str, who: &str, commands: &[String], lines: &[String]) -> Outcome {
        self.step += 1;
        self.stage.printer().tell(|words| {
            words.gap()?;
            words.heading(&format!("{}. {title}", self.step))?;
            for command in commands {
                words.command_of(who, &format!("clausa {command}"))?;
            }
            lines.iter().try_for_each(|line| words.aside(line))
        })
    }
}

async fn protect(
    client: &Client,
    original: &Path,
    output: Option<PathBuf>,
    mut options: ProtectOptions,
) -> Outcome<(Letter, u64)> {
    options.output = output.map(Sink::file);
    let protected = client.protect(Source::file(original), options).await?;
    check(protected.registered, "the authority was not told of the file")?;
    Ok((
        Letter {
            path: protected.output,
            id: protected.content_id,
            until: None,
        },
        protected.protected_bytes,
    ))
}

/// Reads the whole content and compares it with the original.
fn same_bytes(opened: &mut Opened, document: &Document) -> Outcome<u64> {
    let bytes = opened.len();
    let equal = tokio::task::block_in_place(|| document.equals(opened.reader()))
        .map_err(|error| Failure::from_document(&error))?;
    check(equal, "the opened bytes are not those of the original")?;
    Ok(bytes)
}

fn unchanged(document: &Document, copy: &Path) -> Outcome<bool> {
    std::fs::File::open(copy)
        .and_then(|mut file| document.equals(&mut file))
        .map_err(|error| Failure::from_read(&error, "the document of the story"))
}

fn check(holds: bool, otherwise: impl Into<String>) -> Outcome {
    if holds { Ok(()) } else { Err(broken(otherwise)) }
}

fn unexpected<T>(what: &str, outcome: Result<T, OpenError>) -> Failure {
    match outcome {
        Ok(_) => broken(what),
        Err(error) => broken(format!(
            "{what}, or for another reason: {}",
            Failure::from(error).what()
        )),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// `letter.md` becomes `letter.md.<extension>`.
fn with_extension(path: &Path, extension: &str) -> PathBuf {
    path.with_file_name(format!("{}.{extension}", name_of(path)))
}
