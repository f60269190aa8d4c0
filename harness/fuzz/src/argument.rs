//! The options and arguments of a command, by its signature.

use dryfire_spl::signature::{OptionKind, OptionSpec, Shape, Signature};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::expression::{condition, expression};
use crate::search::{pattern, search, subsearch};
use crate::spelling::{GAP, SOFT};
use crate::words::{Words, quoted};

/// A few of the options. `mode=sed` changes what the pattern is and belongs to it.
pub(crate) fn options(signature: &'static Signature, words: &Words) -> BoxedStrategy<Vec<String>> {
    let specs: Vec<&'static OptionSpec> = signature
        .options
        .iter()
        .filter(|spec| !(signature.name == "rex" && spec.name == "mode"))
        .collect();
    let most = specs.len().min(2);
    let words = words.clone();
    // Many an option makes a search that the engine refuses: where that is not what is looked for, most have none.
    let none = if words.odd { 0.2 } else { 0.85 };
    let some = subsequence(specs, 0..=most)
        .prop_shuffle()
        .prop_flat_map(move |specs| {
            specs
                .into_iter()
                .map(|spec| option(spec, &words))
                .collect::<Vec<_>>()
        });
    (prop::bool::weighted(none), some)
        .prop_map(|(none, some)| if none { Vec::new() } else { some })
        .boxed()
}

fn option(spec: &'static OptionSpec, words: &Words) -> BoxedStrategy<String> {
    let odd = words.odd;
    let value = match spec.kind {
        OptionKind::Bool => select(vec!["true", "false", "t", "f", "1", "0"]).prop_map(str::to_owned).boxed(),
        OptionKind::Int => select(vec!["1", "2", "3", "5", "10"]).prop_map(str::to_owned).boxed(),
        OptionKind::Number => select(vec!["1", "2.5", "0", "100"]).prop_map(str::to_owned).boxed(),
        OptionKind::Span => select(vec!["1s", "5m", "1h", "1d", "10", "2"]).prop_map(str::to_owned).boxed(),
        OptionKind::OneOf(list) => select(list.to_vec()).prop_map(str::to_owned).boxed(),
        OptionKind::Field => words.field(),
        OptionKind::Text => prop_oneof![2 => words.text(), 1 => select(vec!["abc", "x.y", "3"]).prop_map(str::to_owned)].boxed(),
    };
    let name = if odd {
        let names: Vec<&str> = std::iter::once(spec.name)
            .chain(spec.aliases.iter().copied())
            .collect();
        (select(names), any::<bool>())
            .prop_map(|(name, upper)| {
                if upper {
                    name.to_uppercase()
                } else {
                    name.to_owned()
                }
            })
            .boxed()
    } else {
        Just(spec.name.to_owned()).boxed()
    };
    (name, value, any::<bool>())
        .prop_map(move |(name, value, marked)| {
            let value = if odd && marked && !value.starts_with('"') {
                quoted(&value)
            } else {
                value
            };
            format!("{name}{SOFT}={SOFT}{value}")
        })
        .boxed()
}

fn list(
    item: BoxedStrategy<String>,
    size: std::ops::RangeInclusive<usize>,
) -> BoxedStrategy<String> {
    (prop::collection::vec(item, size), any::<bool>())
        .prop_map(|(items, commas)| {
            items.join(&if commas {
                format!("{SOFT},{SOFT}")
            } else {
                GAP.to_string()
            })
        })
        .boxed()
}

/// The arguments that are no options.
pub(crate) fn body(signature: &'static Signature, words: &Words) -> BoxedStrategy<String> {
    let field = || words.field();
    match signature.shape {
        // Kept arguments have templates of their own.
        Shape::None if signature.name == "gentimes" => {
            select(vec!["start=11/01/2023 end=11/04/2023", "start=-3"])
                .prop_map(str::to_owned)
                .boxed()
        }
        Shape::None | Shape::Raw => Just(String::new()).boxed(),
        Shape::Search => search(words),
        Shape::Condition => condition(words),
        Shape::Assignments => assignments(words),
        Shape::Fields if signature.name == "multikv" => select(vec![
            "",
            "fields Image User",
            "filter cmd",
            "fields Image filter bob",
        ])
        .prop_map(str::to_owned)
        .boxed(),
        Shape::Fields => fields(signature.name, words),
        Shape::Renames => {
            let plain = (field(), field()).prop_map(|(from, to)| format!("{from}{GAP}AS{GAP}{to}"));
            let wild =
                select(vec!["*e AS *_e", "\"I*\" AS \"J*\"", "U* as V*"]).prop_map(str::to_owned);
            list(prop_oneof![4 => plain, 1 => wild].boxed(), 1..=2)
        }
        Shape::Stats => stats(signature.name, words),
        Shape::Tstats if signature.name == "tstats" => tstats(words),
        Shape::Tstats => metrics(signature.name),
        Shape::Lookup => lookup(words),
        Shape::Table => {
            let table = words.lookup[0].clone();
            let filter = prop::option::of(search(words));
            let filtered = signature.name.starts_with("input");
            filter
                .prop_map(move |filter| match filter {
                    Some(filter) if filtered => format!("{table}{GAP}where{GAP}{filter}"),
                    _ => table.clone(),
                })
                .boxed()
        }
        Shape::From => dataset(signature.name, words),
        Shape::Saved => select(vec![
            "\"Two rows\"",
            "\"Two rows\" n=3",
            "\"Two rows\" n=1 t=\"a b\"",
        ])
        .prop_map(str::to_owned)
        .boxed(),
        Shape::Field if signature.name == "apply" => {
            select(vec!["line", "line AS guess", "app:line"])
                .prop_map(str::to_owned)
                .boxed()
        }
        Shape::Pattern if signature.name == "rex" => {
            let sed = select(vec!["s/a/b/g", r"s/(\\d+)/<\\1>/", "y/abc/xyz/", "s#e#E#2"])
                .prop_map(|text| format!("mode=sed{GAP}\"{text}\""));
            prop_oneof![4 => pattern(true), 1 => sed].boxed()
        }
        Shape::Pattern => select(vec!["\"//a/b\"", "\"//Data[@Name='x']\"", "\"/e/text()\""])
            .prop_map(str::to_owned)
            .boxed(),
        Shape::Regex => (
            prop::option::of(field()),
            select(vec!["=", "!="]),
            pattern(false),
        )
            .prop_map(|(field, op, pattern)| match field {
                Some(field) => format!("{field}{SOFT}{op}{SOFT}{pattern}"),
                None if op == "=" => pattern,
                None => format!("{op}{pattern}"),
            })
            .boxed(),
        Shape::Convert => {
            let one = (
                select(vec![
                    "ctime", "num", "auto", "none", "dur2sec", "rmcomma", "rmunit", "memk",
                    "mktime", "mstime",
                ]),
                field(),
                prop::option::of(words.new_field()),
            )
                .prop_map(|(function, field, name)| {
                    format!("{function}({SOFT}{field}{SOFT}){}", alias(name))
                });
            prop::collection::vec(one, 1..3)
                .prop_map(|list| list.join(&GAP.to_string()))
                .boxed()
        }
        Shape::Field if signature.name == "makecontinuous" => {
            prop_oneof![Just("_time".to_owned()), field()].boxed()
        }
        Shape::Field => (field(), prop::option::of(words.new_field()))
            .prop_map(|(field, name)| format!("{field}{}", alias(name)))
            .boxed(),
        Shape::Sort => {
            let key = (
                select(vec!["", "", "-", "+", "- "]),
                words.raw_field(),
                select(vec!["", "", "num", "str", "ip", "auto"]),
            )
                .prop_map(|(sign, field, cast)| {
                    if cast.is_empty() || !crate::words::is_plain(&field) {
                        format!("{sign}{}", quoted(&field))
                    } else {
                        format!("{sign}{cast}({field})")
                    }
                });
            (
                select(vec!["", "0 ", "3 ", "100 "]),
                list(key.boxed(), 1..=3),
                select(vec!["", "", " desc"]),
            )
                .prop_map(|(limit, keys, end)| format!("{limit}{keys}{end}"))
                .boxed()
        }
        Shape::Count => {
            let count = select(vec!["", "1", "3", "50"]).prop_map(str::to_owned);
            if signature.name == "head" {
                prop_oneof![2 => count, 1 => condition(words).prop_map(|condition| format!("({condition})"))].boxed()
            } else {
                count.boxed()
            }
        }
        Shape::Sub => sub(signature.name, words),
        Shape::Foreach => {
            let patterns = list(prop_oneof![2 => field(), 1 => select(vec!["*", "I*", "*e", "\"*a*\""]).prop_map(str::to_owned)].boxed(), 1..=2);
            let template = select(vec![
                "eval n_<<MATCHSTR>>=len('<<FIELD>>')",
                "eval total=total+if(isnum('<<FIELD>>'),'<<FIELD>>',0)",
                "eval <<FIELD>>=upper('<<FIELD>>') | fields *",
            ]);
            (patterns, template)
                .prop_map(|(patterns, template)| format!("{patterns}{GAP}[{SOFT}{template}{SOFT}]"))
                .boxed()
        }
        Shape::Map => {
            let text =
                (select(words.searches.clone()), words.raw_field()).prop_map(|(search, field)| {
                    format!(
                        "search {search} | eval from_row=\"${}$\" | head 1",
                        field.replace(['"', '\\'], "")
                    )
                });
            prop_oneof![2 => text.clone().prop_map(|text| format!("search={SOFT}{}", quoted(&text))), 1 => text.prop_map(|text| format!("[{text}]"))].boxed()
        }
        Shape::Replace => {
            let pair = (words.text(), words.text())
                .prop_map(|(from, to)| format!("{from}{GAP}WITH{GAP}{to}"));
            let wild = Just(format!("\"*a*\"{GAP}with{GAP}\"<*>\""));
            (
                list(prop_oneof![2 => pair, 1 => wild].boxed(), 1..=2),
                prop::option::of(list(field(), 1..=2)),
            )
                .prop_map(|(pairs, fields)| match fields {
                    Some(fields) => format!("{pairs}{GAP}IN{GAP}{fields}"),
                    None => pairs,
                })
                .boxed()
        }
        Shape::Transaction => {
            // Pipes are found before it is known that single quotes count here.
            let tame = Words {
                odd: false,
                ..words.clone()
            };
            let filter = prop_oneof![
                condition(&tame).prop_map(|condition| format!("eval({condition})")),
                search(words).prop_map(|search| format!("({search})")),
                words.text(),
            ];
            let filters = (select(vec!["startswith", "endswith"]), filter)
                .prop_map(|(name, filter)| format!("{GAP}{name}={filter}"));
            (list(field(), 1..=2), prop::option::of(filters))
                .prop_map(|(fields, filter)| format!("{fields}{}", filter.unwrap_or_default()))
                .boxed()
        }
    }
}

fn alias(name: Option<String>) -> String {
    name.map(|name| format!("{GAP}AS{GAP}{name}"))
        .unwrap_or_default()
}

fn assignments(words: &Words) -> BoxedStrategy<String> {
    let target = if words.odd {
        prop_oneof![4 => words.new_field(), 1 => select(vec!["{Image}", "a_{User}_b", "x{a.b}"]).prop_map(str::to_owned)].boxed()
    } else {
        words.new_field()
    };
    let one = (target, expression(words))
        .prop_map(|(target, value)| format!("{target}{SOFT}={SOFT}{value}"));
    prop::collection::vec(one, 1..3)
        .prop_map(|list| list.join(&format!("{SOFT},{SOFT}")))
        .boxed()
}

fn fields(name: &str, words: &Words) -> BoxedStrategy<String> {
    let field = || words.field();
    let wild = || {
        prop_oneof![5 => words.field(), 1 => select(vec!["*", "I*", "*e"]).prop_map(str::to_owned)]
            .boxed()
    };
    match name {
        "top" | "rare" | "sitop" | "sirare" => (
            select(vec!["", "2 ", "10 "]),
            list(field(), 1..=2),
            prop::option::of(list(field(), 1..=2)),
        )
            .prop_map(|(count, names, by)| {
                format!(
                    "{count}{names}{}",
                    by.map(|by| format!("{GAP}by{GAP}{by}")).unwrap_or_default()
                )
            })
            .boxed(),
        "dedup" => (
            select(vec!["", "2 "]),
            list(field(), 1..=2),
            prop::option::of(field()),
        )
            .prop_map(|(count, names, by)| {
                format!(
                    "{count}{names}{}",
                    by.map(|by| format!("{GAP}sortby{GAP}-{by}"))
                        .unwrap_or_default()
                )
            })
            .boxed(),
        "fields" => (select(vec!["", "", "+ ", "- "]), list(wild(), 1..=3))
            .prop_map(|(sign, names)| format!("{sign}{names}"))
            .boxed(),
        "xyseries" | "untable" => list(field(), 3..=3),
        "contingency" => list(field(), 2..=2),
        "mvexpand" | "nomv" | "mvcombine" => field(),
        "table" | "selfjoin" | "iconify" => list(wild(), 1..=3),
        "extract" => Just(String::new()).boxed(),
        _ => list(field(), 0..=2),
    }
}

fn aggregates(words: &Words) -> BoxedStrategy<String> {
    let call = (select(words.aggregates.clone()), words.field())
        .prop_map(|(function, field)| format!("{function}({SOFT}{field}{SOFT})"));
    let computed = (select(words.aggregates.clone()), condition(words))
        .prop_map(|(function, condition)| format!("{function}({SOFT}eval({condition}))"));
    let one = prop_oneof![1 => select(vec!["count", "c", "count()"]).prop_map(str::to_owned), 4 => call, 1 => computed];
    // Two columns of one name are an error; names keep them apart.
    prop::collection::vec((one, any::<bool>()), 1..4)
        .prop_map(|list| {
            let named = list.iter().enumerate().map(|(place, (call, named))| {
                if *named || place > 0 {
                    format!("{call}{GAP}AS{GAP}r{place}")
                } else {
                    call.clone()
                }
            });
            named.collect::<Vec<_>>().join(&GAP.to_string())
        })
        .boxed()
}

fn stats(name: &str, words: &Words) -> BoxedStrategy<String> {
    let by = |most| {
        prop::option::of(list(words.field(), 1..=most))
            .prop_map(|by| by.map(|by| format!("{GAP}by{GAP}{by}")).unwrap_or_default())
    };
    if !name.ends_with("chart") {
        return (aggregates(words), by(2))
            .prop_map(|(calls, by)| format!("{calls}{by}"))
            .boxed();
    }
    let over = if name.ends_with("timechart") {
        Just(String::new()).boxed()
    } else {
        words
            .field()
            .prop_map(|field| format!("{GAP}over{GAP}{field}"))
            .boxed()
    };
    let tail = prop_oneof![4 => Just(String::new()), 1 => Just(format!("{GAP}where{GAP}max in top2")), 1 => Just(format!("{GAP}where{GAP}sum > 1"))];
    (aggregates(words), over, by(1), tail)
        .prop_map(|(calls, over, by, tail)| {
            if by.is_empty() {
                format!("{calls}{over}")
            } else {
                format!("{calls}{over}{by}{tail}")
            }
        })
        .boxed()
}

/// What `mstats` and `mcatalog` take. The data of the laws hold no metrics, so that only the forms matter.
fn metrics(name: &str) -> BoxedStrategy<String> {
    let forms = match name {
        "mcatalog" => vec![
            "values(metric_name)",
            "values(host) AS hosts WHERE index=* BY metric_name",
        ],
        _ => vec![
            "avg(cpu.*) WHERE index=* BY host span=1h",
            "max(_value) AS most WHERE metric_name=cpu.usr",
            "count(cpu.usr) BY _time span=10m",
        ],
    };
    select(forms).prop_map(str::to_owned).boxed()
}

fn tstats(words: &Words) -> BoxedStrategy<String> {
    let words = words.clone();
    select(words.models.clone())
        .prop_flat_map(move |(model, fields)| {
            let inner = Words {
                fields,
                ..words.clone()
            };
            // As for `transaction`.
            let tame = Words {
                odd: false,
                ..inner.clone()
            };
            let by = prop::option::of((
                list(inner.field(), 1..=2),
                select(vec!["", " _time span=1h", " _time"]),
            ))
            .prop_map(|by| {
                by.map(|(by, time)| format!("{GAP}by{GAP}{by}{time}"))
                    .unwrap_or_default()
            });
            let filter = prop::option::of(search(&inner)).prop_map(|filter| {
                filter
                    .map(|filter| format!("{GAP}where{GAP}{filter}"))
                    .unwrap_or_default()
            });
            (aggregates(&tame), filter, by).prop_map(move |(calls, filter, by)| {
                format!("{calls}{GAP}from{GAP}datamodel{SOFT}={SOFT}{model}{filter}{by}")
            })
        })
        .boxed()
}

fn lookup(words: &Words) -> BoxedStrategy<String> {
    let [table, column, added] = words.lookup.clone();
    let output = prop_oneof![
        1 => Just(String::new()),
        2 => (select(vec!["OUTPUT", "OUTPUTNEW", "output"]), prop::option::of(words.new_field())).prop_map(move |(clause, name)| format!("{GAP}{clause}{GAP}{added}{}", alias(name))),
    ];
    (prop::option::of(words.field()), output)
        .prop_map(move |(field, output)| format!("{table}{GAP}{column}{}{output}", alias(field)))
        .boxed()
}

fn dataset(name: &str, words: &Words) -> BoxedStrategy<String> {
    let table = words.lookup[0].clone();
    let models: Vec<String> = words
        .models
        .iter()
        .map(|(model, _)| model.clone())
        .collect();
    if name == "from" {
        return prop_oneof![
            2 => (select(models), any::<bool>()).prop_map(|(model, dotted)| match model.split_once('.') {
                Some((model, dataset)) if dotted => format!("datamodel:\"{model}\".\"{dataset}\""),
                _ => format!("datamodel:{model}"),
            }),
            1 => Just(format!("lookup:{table}")),
            1 => Just(format!("inputlookup{GAP}{table}")),
        ]
        .boxed();
    }
    (select(models), select(vec!["search", "flat", "search", ""]))
        .prop_map(|(model, mode)| {
            format!("{}{GAP}{mode}", model.replacen('.', &GAP.to_string(), 1))
        })
        .boxed()
}

fn sub(name: &str, words: &Words) -> BoxedStrategy<String> {
    let inner = subsearch(words);
    match name {
        "appendpipe" => (aggregates(words), words.field())
            .prop_map(|(calls, field)| {
                format!("[{SOFT}stats{GAP}{calls}{SOFT}|{SOFT}eval {field}=1{SOFT}]")
            })
            .boxed(),
        "join" => (prop::option::of(list(words.field(), 1..=2)), inner)
            .prop_map(|(fields, inner)| match fields {
                Some(fields) => format!("{fields}{GAP}{inner}"),
                None => inner,
            })
            .boxed(),
        "union" | "multisearch" => {
            let streaming = (select(words.searches.clone()), words.field()).prop_map(|(search, field)| format!("[{SOFT}search{GAP}{search}{SOFT}|{SOFT}eval from=1{SOFT}|{SOFT}fields {field}, from]"));
            prop::collection::vec(streaming, 2..4)
                .prop_map(|list| list.join(&GAP.to_string()))
                .boxed()
        }
        "set" => (
            select(vec!["union", "diff", "intersect"]),
            inner.clone(),
            inner,
        )
            .prop_map(|(what, a, b)| format!("{what}{GAP}{a}{GAP}{b}"))
            .boxed(),
        _ => inner,
    }
}
