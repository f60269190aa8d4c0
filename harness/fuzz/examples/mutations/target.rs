//! What mutated texts go through.

use std::sync::atomic::AtomicBool;

use dryfire_diagnostic::Severity;
use dryfire_engine::{Bound, Budget, Env, Inline, Stop, View};
use dryfire_spl::{expand, parse, parse_expression, parse_search, print};

use crate::data::{self, XML};
use crate::session::{Manner, NOW, Session, bound};

/// Between the two texts of an input.
pub(crate) const AND: char = '\u{1e}';

/// A way that a text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A search: macros, parser, printer.
    Parser,
    /// A search: all that, checks, and the engine.
    Search,
    /// An `eval` expression over fields.
    Eval,
    /// A pattern and a text: `rex`, `regex`, `match`, `replace`, sed.
    Rex,
    /// A format or a relative time.
    Time,
    /// A path and a JSON text.
    Json,
    /// Events of Sysmon's XML.
    Xml,
    /// Text of any kind that Dryfire has to recognise.
    Events,
    /// A props.conf, with events.
    Conf,
}

/// What targets need, made once for many inputs.
pub(crate) struct Bench {
    session: Session,
    view: View,
    /// Whether the engine gave a result for some search of the input.
    pub(crate) finished: bool,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let session = Session::new(&lookup());
        let view = data::view(&session);
        Self {
            session,
            view,
            finished: false,
        }
    }
}

fn lookup() -> Vec<(String, String)> {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    vec![
        file(
            "lookups/levels.csv",
            "Image,level\n*cmd.exe,3\n*powershell.exe,7\nbob,1\n",
        ),
        file(
            "default/transforms.conf",
            "[levels]\nfilename = levels.csv\nmatch_type = WILDCARD(Image)\n",
        ),
        file(
            "default/macros.conf",
            "[m]\ndefinition = User=bob\n[n(2)]\nargs = a, b\ndefinition = $a$=\"$b$\"\n",
        ),
    ]
}

impl Target {
    pub(crate) const ALL: [Self; 9] = [
        Self::Parser,
        Self::Search,
        Self::Eval,
        Self::Rex,
        Self::Time,
        Self::Json,
        Self::Xml,
        Self::Events,
        Self::Conf,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Parser => "parser",
            Self::Search => "search",
            Self::Eval => "eval",
            Self::Rex => "rex",
            Self::Time => "time",
            Self::Json => "json",
            Self::Xml => "xml",
            Self::Events => "events",
            Self::Conf => "conf",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }

    /// Runs one text; the error says what law is broken.
    pub(crate) fn run(self, input: &str, bench: &mut Bench) -> Result<(), String> {
        let (first, second) = input.split_once(AND).unwrap_or((input, ""));
        match self {
            Self::Parser => parser(input, bench),
            Self::Search => {
                parser(input, bench)?;
                bench.finished = false;
                search(input, &bench.view.clone(), bench)
            }
            Self::Eval => {
                let view = bench.view.clone();
                search(
                    &format!(
                        "* | eval n=ProcessId, mv=split(CommandLine,\" \"), x={input} | where isnotnull(x)"
                    ),
                    &view,
                    bench,
                )
            }
            Self::Rex => {
                let (pattern, text) = (quoted(first), quoted(second));
                let made = format!("| makeresults | eval t={text}");
                for tail in [
                    format!("rex field=t {pattern} max_match=0"),
                    format!("rex field=t mode=sed {pattern}"),
                    format!("regex t={pattern}"),
                    format!(
                        "eval m=match(t,{pattern}), r=replace(t,{pattern},\"<\\\\1>\"), l=like(t,{pattern}), s=split(t,{pattern}), k=searchmatch({pattern})"
                    ),
                    format!("makemv tokenizer={pattern} t"),
                ] {
                    search(
                        &format!("{made} | {tail}"),
                        &View { parts: Vec::new() },
                        bench,
                    )?;
                }
                Ok(())
            }
            Self::Time => {
                let (format, text) = (
                    quoted(first),
                    quoted(if second.is_empty() {
                        "2023-11-14 22:13:20.123 +0100"
                    } else {
                        second
                    }),
                );
                let expressions = format!(
                    "| makeresults | eval a=strftime(now(),{format}), b=strptime({text},{format}), c=relative_time(now(),{format}), d=tostring({text},\"duration\"), e=strftime({text},{format}), f=relative_time({text},{format})"
                );
                let none = View { parts: Vec::new() };
                search(&expressions, &none, bench)?;
                let word: String = first.split_whitespace().collect();
                let view = bench.view.clone();
                search(
                    &format!(
                        "earliest={} latest={} * | bin span={} _time | convert timeformat={format} ctime(_time) AS c mktime(c) AS d",
                        quoted(&word),
                        quoted(second),
                        quoted(&word)
                    ),
                    &view,
                    bench,
                )
            }
            Self::Json => {
                let (path, text) = (quoted(first), quoted(second));
                let none = View { parts: Vec::new() };
                search(
                    &format!(
                        "| makeresults | eval _raw={text} | spath | spath path={path} output=o | eval a=json_extract(_raw,{path}), b=json_set(_raw,{path},1), c=json_keys(_raw), d=json_valid(_raw), e=json_delete(_raw,{path}), f=spath(_raw,{path}), g=json_extend(_raw,{path},\"x\"), h=json_array_to_mv(_raw) | fromjson _raw"
                    ),
                    &none,
                    bench,
                )
            }
            Self::Xml => events(XML.0, XML.1, input, bench),
            Self::Events => events("", "input.log", input, bench),
            Self::Conf => {
                bench.finished = true;
                let sources = [
                    ("default/props.conf".to_owned(), first.to_owned()),
                    ("default/transforms.conf".to_owned(), second.to_owned()),
                ];
                conf(&sources)
            }
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

fn parser(input: &str, bench: &mut Bench) -> Result<(), String> {
    let sources = &mut bench.session.sources;
    let source = sources.add("t", input);
    let expanded = expand(source, sources, bench.session.library.knowledge.macros());
    let parsed = parse(expanded.source, sources);
    let _ = parse_expression(source, sources);
    let _ = parse_search(source, sources);
    let printed = print(&parsed.pipeline);
    for found in expanded.diagnostics.iter().chain(&parsed.diagnostics) {
        let _ = dryfire_diagnostic::concise(found, sources);
    }
    if parsed
        .diagnostics
        .iter()
        .chain(&expanded.diagnostics)
        .any(|found| found.severity == Severity::Error)
    {
        return Ok(());
    }
    let again = sources.add("printed", printed.as_str());
    match parse(again, sources).pipeline == parsed.pipeline {
        true => {
            bench.finished = true;
            Ok(())
        }
        false => Err(format!("prints as another tree: {printed}")),
    }
}

fn search(spl: &str, view: &View, bench: &mut Bench) -> Result<(), String> {
    let Ok(pipeline) = bench.session.prepare(spl) else {
        return Ok(());
    };
    let _ = dryfire_plan::check::names(&pipeline, &bench.session.library);
    let _ = dryfire_plan::produces(&pipeline, &bench.session.library);
    let wave = [
        small(bound(pipeline.clone(), view.clone())),
        Bound {
            trace: true,
            ..small(bound(pipeline, view.clone()))
        },
    ];
    let cancel = AtomicBool::new(false);
    for outcome in bench.session.run(
        &wave,
        &Manner {
            scheduler: &Inline,
            cancel: &cancel,
            prefilter: true,
        },
    ) {
        match outcome {
            Ok(_) => bench.finished = true,
            Err(Stop::Defect(words)) => return Err(words),
            Err(_) => {}
        }
    }
    Ok(())
}

/// A budget that small data never need.
fn small(bound: Bound) -> Bound {
    let env = Env {
        budget: Budget {
            bytes: 64 << 20,
            rows: 200_000,
        },
        ..Env::all_time(NOW)
    };
    Bound { env, ..bound }
}

fn events(sourcetype: &str, source: &str, text: &str, bench: &mut Bench) -> Result<(), String> {
    let guess = dryfire_engine::ingest::guess(text);
    let sourcetype = if sourcetype.is_empty() {
        guess.sourcetype.as_str()
    } else {
        sourcetype
    };
    for unit in [8 << 20, 100] {
        let Ok(part) = data::part(sourcetype, source, text, unit, &bench.session) else {
            return Ok(());
        };
        let view = View { parts: vec![part] };
        for spl in [
            "* | table *",
            "tag=process OR Image=*cmd* | spath | xmlkv | extract | stats count values(_raw) by _time, sourcetype",
            "| tstats count values(Processes.process) from datamodel=Endpoint.Processes where Processes.process_name=*e* by Processes.user",
        ] {
            search(spl, &view, bench)?;
        }
    }
    Ok(())
}

fn conf(files: &[(String, String)]) -> Result<(), String> {
    let (session, _) = Session::load(files);
    let mut bench = Bench {
        session,
        view: View { parts: Vec::new() },
        finished: false,
    };
    for (sourcetype, source, text) in data::events() {
        let Ok(part) = data::part(sourcetype, source, &text, 500, &bench.session) else {
            continue;
        };
        search("* | table *", &View { parts: vec![part] }, &mut bench)?;
    }
    Ok(())
}
