//! Signing in through the browser: the authority's page, and the way back to the program on loopback (RFC 8252).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use crate::stage::{PROGRAM, Stage, succeed};

const PASSWORD: &str = "correct horse battery staple 4711";

/// As much of a browser as one form needs: cookies, and redirects told and not followed.
#[derive(Default)]
struct Browser {
    cookies: Vec<String>,
}

struct Page {
    status: u16,
    location: Option<String>,
    body: String,
}

impl Browser {
    fn request(&mut self, method: &str, url: &str, form: &str) -> Page {
        let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let mut request = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        request += &format!("Cookie: {}\r\nOrigin: http://{host}\r\n", self.cookies.join("; "));
        if method == "POST" {
            let length = form.len();
            request +=
                &format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n");
        }
        stream
            .write_all(format!("{request}\r\n{form}").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_owned())
                .collect()
        };
        let set: Vec<String> = header("set-cookie");
        self.cookies.extend(
            set.iter()
                .filter_map(|cookie| cookie.split(';').next())
                .map(str::to_owned),
        );
        let locations: Vec<String> = header("location");
        Page {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            location: locations.into_iter().next(),
            body: body.to_owned(),
        }
    }
}

/// The value of a hidden field.
fn field(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect(page);
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn the_browser_leads_back_to_the_program() {
    let stage = Stage::start();
    let address = "janet@contoso.example";
    succeed(stage.run(
        "janet",
        &["--authority", stage.origin(), "signup", address, "--no-wait"],
    ));
    let answers = format!("{}\n{PASSWORD}\n", stage.code(address));
    let resume = ["signup", "--resume", "--with-password"];
    succeed(stage.run_with_input("janet", &resume, answers.as_bytes()));

    let mut command = stage.command("tablet", PROGRAM);
    command.args(["--authority", stage.origin(), "login", "--browser"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut words = BufReader::new(child.stderr.take().unwrap()).lines();
    let page_url = words
        .find_map(|line| line.ok().filter(|line| line.starts_with("http://")))
        .unwrap();

    let mut browser = Browser::default();
    let page = browser.request("GET", &page_url, "");
    assert_eq!(page.status, 200, "{}", page.body);
    let form = format!(
        "form_token={}&address=janet%40contoso.example&password={}&step=password",
        field(&page.body, "form_token"),
        PASSWORD.replace(' ', "+"),
    );
    let mut page = browser.request("POST", &page_url, &form);
    for _ in 0..3 {
        let Some(location) = page.location.take() else {
            break;
        };
        let url = match location.strip_prefix('/') {
            Some(path) => format!("{}/{path}", stage.origin()),
            None => location,
        };
        page = browser.request("GET", &url, "");
    }
    assert_eq!(page.status, 200, "{}", page.body);
    let told = succeed(child.wait_with_output().unwrap());
    assert!(
        told.contains("Signed in as janet@contoso.example (Contoso)."),
        "{told}"
    );
}

fn address_form(page: &Page, rest: &str) -> String {
    format!("form_token={}&{rest}", field(&page.body, "form_token"))
}

#[test]
fn a_sign_up_begun_in_the_terminal_is_finished_in_the_browser() {
    let stage = Stage::start();
    let address = "janet@contoso.example";
    let told = succeed(stage.run(
        "janet",
        &["--authority", stage.origin(), "signup", address, "--in-browser"],
    ));
    let link = told.lines().find_map(|line| line.trim().strip_prefix("http"));
    let link = format!("http{}", link.expect(&told));

    let (origin, mut browser) = (stage.origin(), Browser::default());
    let page = browser.request("GET", &link, "");
    let token = field(&page.body, "token");
    let form = address_form(&page, &format!("token={token}"));
    let taken = browser.request("POST", &format!("{origin}/signup/continue"), &form);
    assert_eq!(taken.location.as_deref(), Some("/signup/code"), "{}", taken.body);
    // The cookie from before is replaced.
    browser.cookies.remove(0);
    let page = browser.request("GET", &format!("{origin}/signup/code"), "");
    let form = address_form(&page, &format!("code={}", stage.code(address)));
    let page = browser.request("POST", &format!("{origin}/signup/code"), &form);
    assert_eq!(page.location.as_deref(), Some("/signup/profile"), "{}", page.body);
    let page = browser.request("GET", &format!("{origin}/signup/profile"), "");
    let page = browser.request(
        "POST",
        &format!("{origin}/signup/profile"),
        &address_form(&page, "first_name=Janet"),
    );
    assert_eq!(page.location.as_deref(), Some("/signup/done"), "{}", page.body);
    let told = stage.run("janet", &["signup", "--resume"]);
    assert_eq!(told.status.code(), Some(26), "it ended where it began");
}

#[test]
fn a_sign_up_begun_in_the_browser_is_finished_in_the_terminal() {
    let stage = Stage::start();
    let (origin, mut browser) = (stage.origin(), Browser::default());
    let address = "janet@contoso.example";
    let page = browser.request("GET", &format!("{origin}/signup"), "");
    let form = address_form(&page, "address=janet%40contoso.example");
    browser.request("POST", &format!("{origin}/signup"), &form);
    browser.cookies.remove(0);
    let page = browser.request("GET", &format!("{origin}/signup/code"), "");
    let form = address_form(&page, "");
    let form = form.trim_end_matches('&');
    let page = browser.request("POST", &format!("{origin}/signup/handover"), form);
    let (_, token) = page
        .body
        .split_once("aria-labelledby=\"token-label\">")
        .expect(&page.body);
    let (token, _) = token.split_once('<').unwrap();

    let answers = format!("{token}\n{}\n", stage.code(address));
    let told = succeed(stage.run_with_input(
        "janet",
        &["--authority", origin, "signup", "--from-browser"],
        answers.as_bytes(),
    ));
    assert!(
        told.contains("Signed in as janet@contoso.example (Contoso)."),
        "{told}"
    );
    let page = browser.request("GET", &format!("{origin}/signup/code"), "");
    assert_eq!(
        page.location.as_deref(),
        Some("/signup"),
        "it ended where it began"
    );
}
