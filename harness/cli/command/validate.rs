//! `dryfire validate`: what can be said of content without running it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use dryfire_content::rules::{self, Profile};
use dryfire_diagnostic::{Code, Diagnostic, Severity, codes, concise, full, nearest};
use dryfire_event::{Event, ExitCode, Place};
use dryfire_report::{Github, Report, Sarif, SarifRule};
use dryfire_runner::{Session, finding, place};
use serde_json::{Value, json};

use super::Failure;
use crate::args::{Validate, ValidateFormat};

/// A finding and the detection it is about.
struct Found<'s> {
    diagnostic: &'s Diagnostic,
    detection: Option<&'s str>,
    place: Option<Place>,
}

pub(crate) fn run(args: &Validate) -> Result<ExitCode, Failure> {
    if let Some(path) = args.paths.iter().find(|path| !path.exists()) {
        return Err(Failure::new(
            ExitCode::Content,
            format!("error: `{}` is not there", path.display()),
        ));
    }
    let wanted = args
        .rules
        .iter()
        .map(|name| code(name))
        .collect::<Result<Vec<_>, _>>()?;
    let profile = args.profile.as_deref().map(profile).transpose()?;
    let session = Session::load_as(&args.paths, &args.apps, profile);
    let settled = settled(&session);
    let is_wanted =
        |found: &Found<'_>| wanted.is_empty() || wanted.contains(&found.diagnostic.code.id);
    let found: Vec<Found<'_>> = settled
        .iter()
        .map(|(diagnostic, detection)| found(diagnostic, *detection, &session))
        .filter(is_wanted)
        .collect();
    let found = sorted(found);
    match args.format {
        ValidateFormat::Json => {
            let mut out = io::BufWriter::new(io::stdout().lock());
            for one in &found {
                serde_json::to_writer(&mut out, &object(one, &session)).map_err(io::Error::from)?;
                writeln!(out)?;
            }
            out.flush()?;
            summary(&found, &session, &mut io::stderr().lock())?;
        }
        ValidateFormat::Github => {
            report(&mut Github::new(io::stdout().lock()), &found, &session)?;
            summary(&found, &session, &mut io::stderr().lock())?;
        }
        ValidateFormat::Sarif => {
            let out = io::BufWriter::new(io::stdout().lock());
            report(&mut Sarif::new(out, explained()), &found, &session)?;
            summary(&found, &session, &mut io::stderr().lock())?;
        }
        ValidateFormat::Full | ValidateFormat::Concise => {
            let mut out = anstream::AutoStream::auto(io::stdout().lock());
            let mut last: Option<String> = None;
            for one in &found {
                let text = match args.format {
                    ValidateFormat::Full => {
                        format!("{}\n", full(one.diagnostic, &session.sources, true))
                    }
                    _ => concise(one.diagnostic, &session.sources),
                };
                // What is wrong in a macro is found in each detection that uses it, and told once.
                if last.as_ref() != Some(&text) {
                    writeln!(out, "{text}")?;
                }
                last = Some(text);
            }
            summary(&found, &session, &mut out)?;
        }
    }
    Ok(if is_empty(&session) {
        ExitCode::Content
    } else if found
        .iter()
        .any(|one| one.diagnostic.severity == Severity::Error)
    {
        ExitCode::Failed
    } else {
        ExitCode::Passed
    })
}

/// The id of a code or of a rule's code.
fn code(name: &str) -> Result<&'static str, Failure> {
    rules::code(name)
        .map(|code| code.id)
        .ok_or_else(|| no_such("rule", name, rules::names()))
}

fn profile(name: &str) -> Result<Profile, Failure> {
    let names = Profile::ALL.iter().map(|one| one.name());
    Profile::find(name).ok_or_else(|| no_such("profile", name, names))
}

fn no_such(what: &str, name: &str, all: impl Iterator<Item = &'static str>) -> Failure {
    let near = nearest(name, all)
        .map(|near| format!(" (did you mean {near}?)"))
        .unwrap_or_default();
    Failure::new(
        ExitCode::Content,
        format!("error: there is no {what} `{name}`{near}"),
    )
}

/// All findings with the detection they are about, as bad as the profile and `dryfire.toml` have them.
fn settled(session: &Session) -> Vec<(Diagnostic, Option<&str>)> {
    let general = session
        .diagnostics
        .iter()
        .map(|diagnostic| (diagnostic, None));
    let detections = session.repository.detections.iter().zip(&session.prepared);
    let own = detections.flat_map(|(detection, prepared)| {
        prepared
            .diagnostics
            .iter()
            .map(|diagnostic| (diagnostic, Some(detection.name.value.as_str())))
    });
    general
        .chain(own)
        .filter(|(diagnostic, _)| !session.external.excuses(diagnostic, &session.sources))
        .filter_map(|(diagnostic, detection)| {
            let mut diagnostic = diagnostic.clone();
            let told = session.policy.settle(&mut diagnostic, &session.sources);
            (told && diagnostic.severity > Severity::Note).then_some((diagnostic, detection))
        })
        .collect()
}

fn found<'s>(
    diagnostic: &'s Diagnostic,
    detection: Option<&'s str>,
    session: &Session,
) -> Found<'s> {
    let primary = diagnostic.primary.as_ref();
    Found {
        diagnostic,
        detection,
        place: primary.map(|label| place(label.span, &session.sources)),
    }
}

/// In the order of their places; those without one come first.
fn sorted(mut found: Vec<Found<'_>>) -> Vec<Found<'_>> {
    let key = |one: &Found<'_>| {
        one.place
            .as_ref()
            .map(|place| (place.file.clone(), place.line, place.column))
    };
    found.sort_by_cached_key(|one| (key(one), one.diagnostic.code.id));
    found
}

/// Findings as events, for the reports that runs have, too.
fn report(report: &mut dyn Report, found: &[Found<'_>], session: &Session) -> io::Result<()> {
    for one in found {
        report.event(&Event::FindingReported(finding(
            one.diagnostic,
            &session.sources,
        )))?;
    }
    report.finish()
}

/// All codes with their pages.
fn explained() -> Vec<SarifRule> {
    codes::all()
        .map(|code| SarifRule {
            id: code.id.to_owned(),
            name: name(code).to_owned(),
            title: code.title.to_owned(),
            page: code.page.to_owned(),
        })
        .collect()
}

fn object(found: &Found<'_>, session: &Session) -> Value {
    let mut object =
        serde_json::to_value(finding(found.diagnostic, &session.sources)).unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut object {
        fields.insert("rule".to_owned(), json!(rule(found.diagnostic)));
        fields.insert("detection".to_owned(), json!(found.detection));
    }
    object
}

/// The rule's name; what no rule found goes by its code.
fn rule(diagnostic: &Diagnostic) -> &'static str {
    name(diagnostic.code)
}

fn name(code: &Code) -> &'static str {
    rules::find(code.id).map_or(code.id, |rule| rule.name)
}

fn is_empty(session: &Session) -> bool {
    let repository = &session.repository;
    repository.detections.is_empty()
        && repository.macros.is_empty()
        && repository.manifests.is_empty()
        && repository.stories.is_empty()
}

/// How often each rule found something.
fn summary(found: &[Found<'_>], session: &Session, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<&str, (usize, usize, &Diagnostic)> = BTreeMap::new();
    for one in found {
        let count = counts
            .entry(one.diagnostic.code.id)
            .or_insert((0, 0, one.diagnostic));
        match one.diagnostic.severity {
            Severity::Error => count.0 += 1,
            _ => count.1 += 1,
        }
    }
    let (mut errors, mut warnings) = (0, 0);
    for (code, (wrong, doubtful, one)) in &counts {
        errors += wrong;
        warnings += doubtful;
        let name = Some(rule(one))
            .filter(|name| name != code)
            .map(|name| format!(" {name}"))
            .unwrap_or_default();
        writeln!(
            out,
            "{wrong:>6} errors {doubtful:>6} warnings  {code}{name}: {}",
            one.code.title
        )?;
    }
    let detections = session.repository.detections.len();
    writeln!(
        out,
        "{detections} detections: {errors} errors, {warnings} warnings"
    )
}
