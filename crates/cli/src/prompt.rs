//! Questions to the person.
//!
//! On a terminal they are asked there. Without one, the answer is the next line of the standard input, so that a script
//! can pipe a code or a password; neither ever stands on the command line (SEC-58).

use std::io::{self, BufRead as _, IsTerminal as _};

use zeroize::Zeroizing;

use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::printer::Printer;

/// Longest answer that is read, in bytes: far more than any code, name or password.
const MAX_ANSWER: u64 = 4096;

/// True when a person can be asked: input and messages are on a terminal.
pub fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for one line.
pub async fn line(printer: &Printer, question: &str) -> Outcome<String> {
    if io::stdin().is_terminal() {
        printer.question(question)?;
    }
    Ok(read_line(question).await?.as_str().trim().to_owned())
}

/// Asks for a secret: not shown while typed.
pub async fn secret(printer: &Printer, question: &str) -> Outcome<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        return read_line(question).await;
    }
    printer.question(question)?;
    let typed = tokio::task::spawn_blocking(|| rpassword::read_password_with_config(terminal())).await;
    // What was typed was not shown, its line end neither.
    printer.note("");
    match typed {
        Ok(Ok(text)) => Ok(Zeroizing::new(text)),
        Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => Err(Failure::interrupted()),
        Ok(Err(error)) => Err(Failure::from_read(&error, "the terminal")),
        Err(_) => Err(Failure::new(Kind::Internal, "the question could not be asked")),
    }
}

/// Asks a question that is answered with yes or no; everything but yes is no. Needs a terminal.
pub async fn confirm(printer: &Printer, question: &str) -> Outcome<bool> {
    if !is_terminal() {
        return Err(Failure::new(
            Kind::NoTerminal,
            format!("cannot ask \"{question}\" without a terminal"),
        ));
    }
    let answer = line(printer, &format!("{question} [y/N]")).await?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

/// The standard input is the terminal; it need not be the process's controlling one.
fn terminal() -> rpassword::Config {
    let builder = rpassword::ConfigBuilder::new().output_discard();
    #[cfg(unix)]
    let builder = builder.input_file_path("/dev/stdin");
    builder.build()
}

async fn read_line(question: &str) -> Outcome<Zeroizing<String>> {
    let read = tokio::task::spawn_blocking(|| {
        let mut text = Zeroizing::new(String::new());
        io::Read::take(&mut io::stdin().lock(), MAX_ANSWER)
            .read_line(&mut text)
            .map(|count| (count, text))
    });
    match read.await {
        Ok(Ok((0, _))) => Err(Failure::new(
            Kind::NoTerminal,
            format!("no answer to \"{}\"", question.trim_end_matches(':')),
        )),
        Ok(Ok((_, mut text))) => {
            let length = text.trim_end_matches(['\n', '\r']).len();
            text.truncate(length);
            Ok(text)
        }
        Ok(Err(error)) => Err(Failure::from_read(&error, "the answer")),
        Err(_) => Err(Failure::new(Kind::Internal, "the question could not be asked")),
    }
}
