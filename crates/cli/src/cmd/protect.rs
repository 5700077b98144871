//! `clausa protect`: a file gets its owner's terms.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clausa_client::{
    PolicyChoice, ProtectError, ProtectOptions, Protected, Recipient, Registration, Sink, Source, Until,
    Workers,
};
use clausa_core::rights::{Level, Right, Rights, UnknownRight};
use serde_json::json;

use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome, reason};
use crate::terms;

/// Protect files: for your organisation by a template, or for named people
///
/// The original stays as it is; the protected file is NAME.EXT.clausa beside it unless -o says otherwise. Works offline once you have signed in. You stay the owner: you can always open the file, see who did, and revoke it.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  clausa protect plan.docx --template confidential-view-only
  clausa protect plan.docx --to p.dover@fabrikam.example --level viewer --until 2026-12-31
  clausa protect *.pdf --to p.dover@fabrikam.example,@partner.example --rights VIEW,PRINT -o out/
  tar c folder | clausa protect - --level only-me -o folder.tar.clausa")]
pub struct Args {
    /// Files to protect; - for the standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    terms: Terms,
    /// Where the protected file goes: a file, a folder, or - for the standard output
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Replace an output that is there already
    #[arg(short, long)]
    force: bool,
    /// Do not tell the authority the file's name; the log then shows its identifier only
    #[arg(long)]
    no_name: bool,
    /// How many threads work on one large file, 1 to 16; two if the machine has two processors
    #[arg(long, value_name = "N", value_parser = terms::workers)]
    workers: Option<Workers>,
}

/// Who may do what, from when until when: the options of every command that protects.
#[derive(clap::Args, Debug)]
pub struct Terms {
    /// Terms of your organisation: a template's short name, name or id (see clausa templates)
    #[arg(short, long, value_name = "TEMPLATE", conflicts_with_all = ["to", "rights", "level"])]
    template: Option<String>,
    /// Who gets access: addresses, @domain for everybody of a domain, or anybody who signs in
    #[arg(long, value_name = "WHO", num_args = 1.., value_delimiter = ',')]
    to: Vec<String>,
    /// What they may do, such as VIEW,PRINT
    #[arg(long, value_name = "RIGHTS", requires = "to", conflicts_with = "level")]
    rights: Option<String>,
    /// What they may do, by level: viewer (the default), reviewer, co-author, co-owner; only-me for nobody else
    #[arg(long, value_name = "LEVEL")]
    level: Option<String>,
    /// When access ends: 2026-12-31 (that day included), 2026-12-31T17:00:00Z, 30d, or first-use+7d
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// How many days a reader may open it again without asking the authority; none: always ask
    #[arg(long, value_name = "DAYS")]
    offline: Option<String>,
}

impl Terms {
    /// Refuses terms that contradict themselves.
    pub fn resolve(self) -> Outcome<ProtectOptions> {
        let policy = choose(
            self.template,
            &self.to,
            self.rights.as_deref(),
            self.level.as_deref(),
        )?;
        let mut options = ProtectOptions::new(policy);
        options.until = self.until.as_deref().map(str::parse::<Until>).transpose()?;
        options.offline_seconds = self
            .offline
            .as_deref()
            .map(terms::offline)
            .transpose()
            .map_err(Failure::usage)?;
        Ok(options)
    }
}

/// What to do.
pub struct Plan {
    sources: Vec<Source>,
    options: ProtectOptions,
}

impl Args {
    /// Refuses what contradicts itself before any file is touched.
    pub fn resolve(self) -> Outcome<Plan> {
        let sources: Vec<Source> = self.files.into_iter().map(Source::from_argument).collect();
        let mut options = self.terms.resolve()?;
        options.overwrite = self.force;
        options.workers = self.workers.unwrap_or_default();
        if self.no_name {
            options.registration = Registration::WithoutName;
        }
        options.output = output(&sources, self.output)?;
        Ok(Plan { sources, options })
    }
}

/// Protects the files together and reports each, in the order in which they were named.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    if writes_to_stdout(&plan.options) {
        if std::io::stdout().is_terminal() {
            return Err(
                Failure::usage("a protected file is binary and is not written to a terminal")
                    .advise("Name an output with -o, or send the output through a pipe."),
            );
        }
        if context.printer.is_json() {
            return Err(Failure::usage(
                "--json and the protected file cannot both go to the standard output",
            )
            .advise("Name an output with -o."));
        }
    }
    let checked: Vec<_> = plan
        .sources
        .into_iter()
        .map(|source| (unreadable(&source), source))
        .collect();
    let (mut done, mut last_failure) = (Vec::new(), None);
    let readable: Vec<_> = checked.iter().filter(|(trouble, _)| trouble.is_none()).collect();
    let readable = readable.into_iter().map(|(_, source)| source.clone()).collect();
    let mut outcomes = match protect_all(context, readable, plan.options).await {
        Ok(outcomes) => outcomes.into_iter(),
        // What concerns all of them is told once, after what concerns one of them.
        Err(failure) => {
            let troubles = checked.iter().filter_map(|(trouble, _)| trouble.as_ref());
            troubles.for_each(|trouble| context.printer.failure(trouble));
            return Err(failure);
        }
    };
    for (trouble, source) in checked {
        let label = label(&source);
        let outcome = match trouble {
            Some(trouble) => Err(trouble),
            None => match outcomes.next() {
                Some((source, outcome)) => outcome.map_err(|error| of_one(error, &source)),
                // Stopped before it.
                None => break,
            },
        };
        match outcome {
            Ok(protected) => done.push((label, protected)),
            // The last one is printed where all failures are; those before it here, so that each is seen.
            Err(failure) => {
                if let Some(earlier) = last_failure.replace(failure) {
                    context.printer.failure(&earlier);
                }
            }
        }
    }
    report(context, &done)?;
    last_failure.map_or(Ok(()), Err)
}

/// Protects what can be read, all of it together.
async fn protect_all(
    context: &Context,
    sources: Vec<Source>,
    mut options: ProtectOptions,
) -> Outcome<Vec<(Source, Result<Protected, ProtectError>)>> {
    let what = match sources.as_slice() {
        [] => return Ok(Vec::new()),
        [one] => label(one),
        several => format!("{} files", several.len()),
    };
    let client = context.client().await?;
    let only = (sources.len() == 1).then(|| what.clone());
    let progress = context.progress(&what);
    options.progress = progress.callback();
    let _busy = context.stop.busy();
    let outcomes = client.protect_all(sources, options).await;
    progress.finish();
    outcomes.map_err(|error| match only {
        Some(only) => Failure::from(error).about(&only),
        None => error.into(),
    })
}

/// One source's failure, with its name where the words lack it.
fn of_one(error: ProtectError, source: &Source) -> Failure {
    let at_output = matches!(&error, ProtectError::Io { path, .. } if path != source.path());
    let failure = Failure::from(error);
    if at_output {
        failure.at_output()
    } else {
        failure.about(&label(source))
    }
}

fn report(context: &Context, done: &[(String, Protected)]) -> Outcome {
    if done
        .iter()
        .any(|(_, protected)| protected.output == Path::new("-"))
    {
        return Ok(());
    }
    if done.is_empty() {
        return Ok(());
    }
    let value: Vec<_> = done
        .iter()
        .map(|(source, protected)| {
            json!({
                "source": source,
                "output": protected.output,
                "content_id": protected.content_id,
                "tenant": protected.tenant,
                "authority": protected.origin,
                "bytes": protected.plaintext_bytes,
                "protected_bytes": protected.protected_bytes,
                "registered": protected.registered,
            })
        })
        .collect();
    context.printer.result(&json!({ "protected": value }), |words| {
        for (source, protected) in done {
            let output = protected.output.display();
            words.line(&format!(
                "{source} -> {output} ({})",
                terms::size(protected.protected_bytes)
            ))?;
        }
        let later = done.iter().filter(|(_, protected)| !protected.registered).count();
        match later {
            0 => {}
            1 => words.aside("The authority could not be reached: it is told of the file the next time.")?,
            _ => words.aside(&format!(
                "The authority could not be reached: it is told of {later} files the next time."
            ))?,
        }
        Ok(())
    })
}

/// Who may do what, as the options say it.
fn choose(
    template: Option<String>,
    to: &[String],
    rights: Option<&str>,
    level: Option<&str>,
) -> Outcome<PolicyChoice> {
    if let Some(template) = template {
        return Ok(PolicyChoice::template(template));
    }
    let recipients = to
        .iter()
        .map(|who| who.parse::<Recipient>())
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(rights) = rights {
        return Ok(PolicyChoice::rights(recipients, usable(rights)?));
    }
    let level = level
        .map(|text| {
            text.parse::<Level>()
                .map_err(|error| Failure::usage(format!("`{text}`: {error}")))
        })
        .transpose()?;
    match (level, recipients.is_empty()) {
        (Some(Level::OnlyMe), true) => Ok(PolicyChoice::Level {
            level: Level::OnlyMe,
            recipients,
        }),
        (Some(Level::OnlyMe), false) => Err(Failure::usage("--level only-me and --to contradict each other")),
        (Some(_), true) => Err(Failure::usage("--level needs --to: who gets access?")
            .advise("For example: --to p.dover@fabrikam.example --level viewer")),
        (Some(level), false) => Ok(PolicyChoice::Level { level, recipients }),
        (None, false) => Ok(PolicyChoice::Level {
            level: Level::Viewer,
            recipients,
        }),
        (None, true) => Err(Failure::usage("who may open it? Nothing says so yet").advise(
            "Add one of: --template confidential-view-only, --to EMAIL [--level viewer], --level only-me",
        )),
    }
}

/// Rights that let somebody open the file at all.
fn usable(text: &str) -> Outcome<Rights> {
    let rights: Rights = text.parse().map_err(|error: UnknownRight| {
        let all = Right::ALL.map(Right::as_str).join(" ");
        Failure::usage(error.to_string()).advise(format!("The rights are: {all}"))
    })?;
    if rights.contains(Right::View) {
        return Ok(rights);
    }
    Err(
        Failure::usage(format!("`{text}` does not let anybody open the file"))
            .advise("Add VIEW: nothing else implies it, except OWNER."),
    )
}

/// One output for one source, a folder for several; the standard input's output is the standard output unless named.
fn output(sources: &[Source], named: Option<PathBuf>) -> Outcome<Option<Sink>> {
    let pipes = sources
        .iter()
        .filter(|source| **source == Source::StandardInput)
        .count();
    if pipes > 1 || (pipes == 1 && sources.len() > 1) {
        return Err(Failure::usage("the standard input is protected alone"));
    }
    let Some(path) = named else {
        return Ok(if pipes == 1 {
            Some(Sink::StandardOutput)
        } else {
            None
        });
    };
    if sources.len() > 1 && !path.is_dir() {
        return Err(Failure::usage(format!(
            "several files need a folder, and {} is none",
            path.display()
        ))
        .advise("Make the folder first, or protect the files one by one."));
    }
    Ok(Some(Sink::from_argument(path)))
}

fn writes_to_stdout(options: &ProtectOptions) -> bool {
    options.output == Some(Sink::StandardOutput)
}

/// Why a source cannot be read: told before anybody is asked anything.
fn unreadable(source: &Source) -> Option<Failure> {
    let Source::File(path) = source else { return None };
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Some(
            Failure::new(Kind::InputUnreadable, format!("{} is a folder", path.display()))
                .advise("Name files; for a folder: tar c FOLDER | clausa protect - -o FOLDER.tar.clausa"),
        ),
        Ok(_) => None,
        Err(error) => Some(Failure::new(
            Kind::InputUnreadable,
            format!("{} cannot be read: {}", path.display(), reason(&error)),
        )),
    }
}

fn label(source: &Source) -> String {
    source.path().display().to_string()
}

#[cfg(test)]
mod tests {
    use super::{choose, output, usable};
    use crate::exit_codes::Kind;
    use clausa_client::{PolicyChoice, Sink, Source};
    use clausa_core::rights::Level;

    #[test]
    fn the_terms_have_to_be_said() {
        assert_eq!(choose(None, &[], None, None).unwrap_err().kind(), Kind::Usage);
        assert_eq!(
            choose(None, &[], None, Some("viewer")).unwrap_err().kind(),
            Kind::Usage
        );
        assert_eq!(
            choose(None, &["a@b.example".into()], None, Some("only-me"))
                .unwrap_err()
                .kind(),
            Kind::Usage
        );
        let chosen = choose(None, &["a@b.example".into()], None, None).unwrap();
        assert!(matches!(
            chosen,
            PolicyChoice::Level {
                level: Level::Viewer,
                ..
            }
        ));
        assert!(choose(None, &[], None, Some("only-me")).is_ok());
    }

    #[test]
    fn rights_without_view_are_refused() {
        assert!(usable("VIEW,PRINT").is_ok());
        assert!(usable("owner").is_ok());
        assert!(usable("PRINT").unwrap_err().advice().contains("VIEW"));
        assert!(usable("FLY").unwrap_err().advice().contains("EXPORT"));
    }

    #[test]
    fn a_pipe_goes_alone_and_to_the_pipe() {
        assert_eq!(
            output(&[Source::StandardInput], None).unwrap(),
            Some(Sink::StandardOutput)
        );
        assert!(output(&[Source::StandardInput, Source::file("a")], None).is_err());
        assert_eq!(output(&[Source::file("a")], None).unwrap(), None);
        assert!(output(&[Source::file("a"), Source::file("b")], Some("one-file".into())).is_err());
    }
}
