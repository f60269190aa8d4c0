//! Commands whose arguments the parser keeps as text: templates, since no signature says how they look.

use dryfire_spl::signature::Signature;
use proptest::prelude::*;
use proptest::sample::select;

use crate::words::Words;

/// `F` and `G` stand for fields, `T` for a text, `L` for a lookup, `S` for a search expression.
const TEMPLATES: &[(&str, &[&str])] = &[
    (
        "autoregress",
        &["F", "F AS x", "F p=2", "F p=1-3", "F AS x p=2"],
    ),
    (
        "collect",
        &[
            "index=summary",
            "index=summary addtime=true marker=\"a=b\"",
            "index=summary source=s sourcetype=stash",
        ],
    ),
    (
        "eventcount",
        &[
            "",
            "summarize=false",
            "index=*",
            "index=* summarize=f report_size=t",
        ],
    ),
    ("fit", &["LinearRegression F from G into m"]),
    (
        "format",
        &[
            "",
            "maxresults=2",
            "\"[\" \"(\" \"AND\" \")\" \"OR\" \"]\"",
            "mvsep=\"or\"",
        ],
    ),
    (
        "gentimes",
        &[
            "start=11/01/2023 end=11/04/2023",
            "start=-3",
            "start=11/01/23 end=11/03/23 increment=6h",
        ],
    ),
    (
        "metadata",
        &["type=hosts", "type=sources index=*", "type=sourcetypes"],
    ),
    (
        "rangemap",
        &[
            "field=F low=0-1 high=2-100",
            "field=F a=0-5 b=3-9 default=none",
            "field=F neg=-5-0 pos=1-5",
        ],
    ),
    ("return", &["F", "3 F", "$F", "2 F G", "x=F", "5 $F $G"]),
    ("savedsearch", &["no_such_search"]),
    ("setfields", &["x=\"1\"", "x=\"1\", y=\"b\""]),
    (
        "strcat",
        &["F T G z", "F G z", "allrequired=t F \"-\" G z", "T F z"],
    ),
    (
        "tojson",
        &[
            "",
            "str(F)",
            "auto(F) num(G)",
            "F output_field=j",
            "output_field=j include_internal=true",
            "fill_null=true",
        ],
    ),
    (
        "trendline",
        &["sma2(F)", "ema3(F) AS x", "wma2(F) AS x sma5(G)"],
    ),
    ("typer", &["", "maxlen=100"]),
    ("xmlunescape", &["", "maxinputs=10"]),
    ("apply", &["m", "m AS x"]),
    ("loadjob", &["savedsearch=\"a:b:c\""]),
    ("multikv", &["", "fields F G", "noheader=true"]),
    ("kvform", &["", "field=F"]),
    ("erex", &["x examples=\"a,b\""]),
    ("abstract", &["", "maxlines=5"]),
    ("highlight", &["F, T"]),
    ("searchtxn", &["t S"]),
    ("localize", &["", "maxpause=1m"]),
    ("anomalies", &["", "threshold=0.1 field=F"]),
    ("cluster", &["", "t=0.8 field=F showcount=true"]),
    ("kmeans", &["k=2 F G"]),
    ("predict", &["F", "F AS x future_timespan=2"]),
    ("x11", &["F", "add(2) F AS x"]),
    ("mpreview", &["index=*"]),
    ("mcatalog", &["values(F) where index=*"]),
    ("outputtext", &["", "usexml=false"]),
];

pub(crate) fn is_known(name: &str) -> bool {
    TEMPLATES.iter().any(|(known, _)| *known == name)
}

/// Arguments after a template of the command; without one, nothing or a field.
pub(crate) fn arguments(signature: &Signature, words: &Words) -> BoxedStrategy<String> {
    let templates = TEMPLATES
        .iter()
        .find(|(name, _)| *name == signature.name)
        .map_or(&["", "F"][..], |(_, templates)| templates);
    (
        select(templates.to_vec()),
        words.field(),
        words.field(),
        words.text(),
        select(words.searches.clone()),
    )
        .prop_map(|(template, f, g, text, search)| filled(template, [&f, &g, &text, &search]))
        .boxed()
}

fn filled(template: &str, [f, g, text, search]: [&str; 4]) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut rest = template.chars().peekable();
    while let Some(next) = rest.next() {
        let alone =
            !before.is_alphanumeric() && !rest.peek().is_some_and(|after| after.is_alphanumeric());
        match next {
            'F' if alone => out.push_str(f),
            'G' if alone => out.push_str(g),
            'T' if alone => out.push_str(text),
            'S' if alone => out.push_str(search),
            other => out.push(other),
        }
        before = next;
    }
    out
}
