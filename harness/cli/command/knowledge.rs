//! `dryfire knowledge`: what the apps configure together, as btool shows it; and what in an app is broken.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use dryfire_diagnostic::{Severity, concise, full, nearest};
use dryfire_event::ExitCode;
use dryfire_knowledge::{Layered, Meta, Origin, Setting};
use dryfire_runner::{Checked, Session, check, finding, place};
use serde_json::json;

use super::{Failure, unreadable};
use crate::args::{Check, FindingFormat, Knowledge, KnowledgeCommand, Listing, Show};
use crate::output;

pub(crate) fn run(args: &Knowledge) -> Result<ExitCode, Failure> {
    match &args.command {
        KnowledgeCommand::Show(show) => show_conf(show),
        KnowledgeCommand::Check(check) => check_apps(check),
    }
}

/// The settings of a stanza by key.
type Settings = BTreeMap<Arc<str>, Setting>;

fn show_conf(args: &Show) -> Result<ExitCode, Failure> {
    let session = Session::bare(&args.apps);
    unreadable(&session)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let Some(name) = &args.conf else {
        list_apps(&session, &mut out)?;
        out.flush()?;
        return Ok(ExitCode::Passed);
    };
    let list = List {
        session: &session,
        why: args.why,
        format: args.format,
    };
    let of_event = args.sourcetype.is_some() || args.source.is_some() || args.host.is_some();
    if of_event {
        if name != "props" || args.stanza.is_some() {
            let text =
                "error: --sourcetype, --source and --host go with `props` alone, without a stanza";
            return Err(Failure::new(ExitCode::Content, text));
        }
        list.event(args, &mut out)?;
        out.flush()?;
        return Ok(ExitCode::Passed);
    }
    let conf = conf(args, name, &session)?;
    let default = conf.stanzas.get("default").map(|stanza| &stanza.settings);
    let mut shown = 0;
    for (stanza, own) in &conf.stanzas {
        if args
            .stanza
            .as_ref()
            .is_some_and(|wanted| **wanted != **stanza)
        {
            continue;
        }
        // A stanza has what [default] says and it does not.
        let mut settings: Settings = default.cloned().unwrap_or_default();
        settings.extend(own.settings.clone());
        list.stanza(stanza, &settings, &mut out)?;
        shown += 1;
    }
    out.flush()?;
    match (&args.stanza, shown) {
        (Some(stanza), 0) => {
            let names = conf.stanzas.keys().map(AsRef::as_ref);
            Err(unknown(
                &format!("{name}.conf has no stanza `[{stanza}]`"),
                stanza,
                names,
            ))
        }
        _ => Ok(ExitCode::Passed),
    }
}

/// The kind of configuration that is asked for.
fn conf<'s>(args: &Show, name: &str, session: &'s Session) -> Result<&'s Layered, Failure> {
    let knowledge = &session.library.knowledge;
    let name = name.strip_suffix(".conf").unwrap_or(name);
    let found = match args.index_time {
        true => knowledge.index_conf(name),
        false => knowledge.conf(name),
    };
    found.ok_or_else(|| match args.index_time {
        true => Failure::new(
            ExitCode::Content,
            format!("error: index time knows props and transforms, not `{name}`"),
        ),
        false => unknown(
            &format!("no app has a {name}.conf"),
            name,
            knowledge.conf_names(),
        ),
    })
}

fn unknown<'n>(what: &str, name: &str, names: impl Iterator<Item = &'n str>) -> Failure {
    let near = nearest(name, names).map(|near| format!("\nhelp: did you mean `{near}`?"));
    Failure::new(
        ExitCode::Content,
        format!("error: {what}{}", near.unwrap_or_default()),
    )
}

/// The apps that take part, and the kinds of configuration there are.
fn list_apps(session: &Session, out: &mut dyn Write) -> io::Result<()> {
    let knowledge = &session.library.knowledge;
    writeln!(out, "Apps, the weakest first at search time")?;
    for app in knowledge.apps() {
        let version = app.version.as_deref().unwrap_or("-");
        let origin = match &app.origin {
            Origin::Pack => "built in".to_owned(),
            Origin::Path(path) => path.display().to_string(),
        };
        writeln!(out, "  {}  {version}  {origin}", app.name)?;
    }
    writeln!(out, "\nConfiguration")?;
    for name in knowledge.conf_names() {
        let stanzas = knowledge.conf(name).map_or(0, |conf| conf.stanzas.len());
        writeln!(out, "  {name}  {stanzas} stanzas")?;
    }
    writeln!(
        out,
        "\n{} lookups, {} data models",
        knowledge.lookups().count(),
        knowledge.models().count()
    )
}

/// How settings are shown.
struct List<'a> {
    session: &'a Session,
    why: bool,
    format: Listing,
}

impl List<'_> {
    fn stanza(&self, name: &str, settings: &Settings, out: &mut dyn Write) -> io::Result<()> {
        if self.format == Listing::Table {
            writeln!(out, "[{name}]")?;
        }
        for (key, setting) in settings {
            self.setting(name, key, setting, out)?;
        }
        if self.format == Listing::Table {
            writeln!(out)?;
        }
        Ok(())
    }

    fn setting(
        &self,
        stanza: &str,
        key: &str,
        setting: &Setting,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let at = match setting.value.is_empty() {
            true => setting.key_at,
            false => setting.at,
        };
        let place = place(at, &self.session.sources);
        if self.format == Listing::Json {
            let object = json!({
                "stanza": stanza, "key": key, "value": setting.value, "app": setting.app,
                "from": setting.stanza, "file": place.file, "line": place.line,
            });
            return writeln!(out, "{object}");
        }
        // A value of several lines is written as the file has it.
        let value = output::visible(&setting.value).replace('\n', "\\\n");
        match self.why {
            true => writeln!(
                out,
                "{}:{}  [{}]  {key} = {value}",
                place.file, place.line, setting.stanza
            ),
            false => writeln!(out, "{key} = {value}"),
        }
    }

    /// What holds for events of a source, host and sourcetype.
    fn event(&self, args: &Show, out: &mut dyn Write) -> io::Result<()> {
        let meta = Meta {
            source: args.source.as_deref().unwrap_or_default(),
            host: args.host.as_deref().unwrap_or_default(),
            sourcetype: args.sourcetype.as_deref().unwrap_or_default(),
        };
        let props = self.session.library.knowledge.resolve(&meta);
        if self.format == Listing::Table {
            writeln!(out, "# stanzas that match, the weakest first")?;
            for stanza in &props.stanzas {
                writeln!(out, "#   [{stanza}]")?;
            }
            writeln!(out)?;
        }
        let settings = match args.index_time {
            true => &props.index_settings,
            false => &props.search_settings,
        };
        self.stanza(meta.sourcetype, settings, out)
    }
}

fn check_apps(args: &Check) -> Result<ExitCode, Failure> {
    let checked = check(&args.apps);
    let wrong = |found: &&dryfire_diagnostic::Diagnostic| found.severity > Severity::Note;
    let count = checked.findings.iter().filter(wrong).count();
    match args.format {
        FindingFormat::Json => {
            let mut out = BufWriter::new(io::stdout().lock());
            for found in &checked.findings {
                let finding = finding(found, &checked.sources);
                serde_json::to_writer(&mut out, &finding).map_err(io::Error::from)?;
                writeln!(out)?;
            }
            out.flush()?;
            sum_up(&checked, count, &mut io::stderr().lock())?;
        }
        FindingFormat::Full | FindingFormat::Concise => {
            let mut out = anstream::AutoStream::auto(io::stdout().lock());
            for found in &checked.findings {
                let text = match args.format {
                    FindingFormat::Full => format!("{}\n", full(found, &checked.sources, true)),
                    _ => concise(found, &checked.sources),
                };
                writeln!(out, "{text}")?;
            }
            sum_up(&checked, count, &mut out)?;
        }
    }
    Ok(if checked.is_unreadable {
        ExitCode::Content
    } else if count > 0 {
        ExitCode::Failed
    } else {
        ExitCode::Passed
    })
}

fn sum_up(checked: &Checked, count: usize, out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<String> = checked
        .apps
        .iter()
        .map(|app| match &app.version {
            Some(version) => format!("{} {version}", app.name),
            None => app.name.to_string(),
        })
        .collect();
    let names = match names.is_empty() {
        true => "no app".to_owned(),
        false => names.join(", "),
    };
    writeln!(
        out,
        "{names}: {} stanzas loaded, {count} findings",
        checked.stanzas
    )
}
