//! Generates searches for the laws: what finds events, and a few commands after it. Most of these are written here, for
//! the data at hand; the others come from the registry, so that a new command is among them.

use dryfire_fuzz::{Words, plain};
use dryfire_spl::signature::Signature;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

use crate::data::{Kind, NAMES, VALUES};

/// A word of a search, quoted.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

/// A value that some events have, whole or as a pattern, in any letter case.
fn wanted() -> impl Strategy<Value = String> {
    let shape = (
        select(VALUES),
        0..8_u32,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    );
    shape.prop_map(|(text, shape, from, to)| {
        let characters: Vec<char> = text
            .chars()
            .filter(|character| !matches!(character, '\n' | '\r' | '\t'))
            .collect();
        let (from, to) = (
            from.index(characters.len() + 1),
            to.index(characters.len() + 1),
        );
        let part: String = characters[from.min(to)..from.max(to)].iter().collect();
        let pattern = match shape {
            0 => text.replace(['\n', '\r'], "*"),
            1 => text.to_uppercase().replace(['\n', '\r'], "*"),
            2 => format!("*{part}"),
            3 => format!("{part}*"),
            4 => format!("*{}*", part.to_uppercase()),
            5 => "*".to_owned(),
            6 => format!("{}*{part}", characters.iter().take(2).collect::<String>()),
            _ => text.to_lowercase().replace(['\n', '\r'], "*"),
        };
        quoted(&pattern)
    })
}

/// A name of a field of this kind, as a search writes it.
fn name(kind: Kind) -> impl Strategy<Value = String> {
    let more: &[&str] = match kind {
        Kind::Sysmon => &[
            "EventCode",
            "process_name",
            "user",
            "dest",
            "registry_path",
            "Computer",
            "signature",
        ],
        Kind::Security => &[
            "EventCode",
            "process_name",
            "user",
            "action",
            "Computer",
            "signature",
            "status",
        ],
        Kind::Json => &["id", "nested.d", "nested.a{}.b", "nested.c"],
        Kind::Pairs => &["id"],
    };
    prop_oneof![3 => select(NAMES), 2 => select(more)].prop_map(quoted)
}

fn leaf(kind: Kind) -> impl Strategy<Value = String> {
    let words = vec![
        "cmd",
        "whoami",
        "bob",
        "system32",
        "host1",
        "HOST*",
        "*exe*",
        "\"cmd.exe\"",
        "\"second   line\"",
        "päck",
        "TERM(bob)",
        "CASE(BOB)",
        "4688",
        "NOTHING",
    ];
    let kinds = match kind {
        Kind::Sysmon => vec![
            "eventtype=dryfire_sysmon_process",
            "tag=process",
            "tag=registry tag=endpoint",
            "EventCode=13",
            "tag!=process",
            "eventtype=*",
            "action=allowed",
            "status=success OR action=modified",
            "vendor_product=\"*Sysmon\"",
            "object_category=registry",
        ],
        Kind::Security => vec![
            "tag=authentication",
            "EventCode=4688",
            "EventCode IN (4624, 4625)",
            "tag=process",
            "eventtype=dryfire_*",
            "app=win:unknown",
            "vendor=microsoft",
            "status=success OR action=failure",
            "Error_Code=\"-\"",
        ],
        Kind::Json | Kind::Pairs => vec![
            "id<5",
            "id>=3",
            "id=*",
            "id IN (1, 2, 3)",
            "sourcetype=test:*",
            "User=bob",
            "Image=*cmd.exe",
            "CommandLine=bob OR count=*CMD*",
        ],
    };
    let meta = vec![
        "index=main",
        "index=*",
        "host=dryfire",
        "host!=dryfire",
        "sourcetype=XML*",
        "source=*Security",
        "*",
    ];
    prop_oneof![
        6 => (name(kind), select(vec!["=", "=", "=", "!="]), wanted()).prop_map(|(name, op, value)| format!("{name}{op}{value}")),
        2 => (name(kind), prop::collection::vec(wanted(), 1..4)).prop_map(|(name, values)| format!("{name} IN ({})", values.join(", "))),
        1 => (name(kind), select(vec!["<", ">", "<=", ">="]), select(vec!["5", "10", "b"])).prop_map(|(name, op, value)| format!("{name}{op}{value}")),
        1 => name(kind).prop_map(|name| format!("{name}=*")),
        3 => select(words).prop_map(str::to_owned),
        3 => select(kinds).prop_map(str::to_owned),
        2 => select(meta).prop_map(str::to_owned),
    ]
}

/// Comparisons that leave few events: what a prefilter lives on.
fn selective(kind: Kind) -> impl Strategy<Value = String> {
    let values = vec![
        "bob",
        "*bob*",
        "*CMD*",
        "*system*",
        "*powershell.EXE",
        "*päck.exe",
        "*whoami*",
        "*line*",
    ];
    let name = prop_oneof![3 => select(&NAMES[..4]).prop_map(str::to_owned), 1 => name(kind)];
    let one = (name, select(values)).prop_map(|(name, value)| format!("{name}=\"{value}\""));
    (prop::collection::vec(one, 1..4), any::<bool>()).prop_map(|(list, all)| {
        list[..if all { list.len().min(2) } else { list.len() }].join(if all {
            " "
        } else {
            " OR "
        })
    })
}

/// A search expression.
fn expression(leaf: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            6 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            2 => inner.clone().prop_map(|inner| format!("NOT ({inner})")),
            1 => (inner.clone(), inner).prop_map(|(a, b)| format!("{a} AND NOT {b}")),
        ]
    })
}

const AGGREGATES: &[&str] = &[
    "count",
    "count(X)",
    "dc(X)",
    "values(X)",
    "list(X)",
    "min(X)",
    "max(X)",
    "sum(X)",
    "avg(X)",
    "stdev(X)",
    "range(X)",
    "median(X)",
    "perc90(X)",
    "mode(X)",
    "first(X)",
    "last(X)",
    "earliest(X)",
    "latest(X)",
    "min(_time)",
    "max(_time)",
    "earliest_time(X)",
    "rate(X)",
    "count(eval('X'=\"bob\"))",
    "values(eval(lower('X')))",
    "sumsq(X)",
    "var(X)",
];

fn aggregates(kind: Kind) -> impl Strategy<Value = String> {
    let one = (select(AGGREGATES), name(kind)).prop_map(|(aggregate, name)| {
        let inner = aggregate.contains("'X'");
        aggregate.replace('X', if inner { name.trim_matches('"') } else { &name })
    });
    prop::collection::vec(one, 1..4).prop_map(|list| {
        let named = list
            .iter()
            .enumerate()
            .map(|(place, aggregate)| format!("{aggregate} AS r{place}"));
        named.collect::<Vec<_>>().join(" ")
    })
}

fn by(kind: Kind) -> impl Strategy<Value = String> {
    prop::collection::vec(name(kind), 0..3).prop_map(|mut names| {
        names.sort();
        names.dedup();
        if names.is_empty() {
            String::new()
        } else {
            format!(" BY {}", names.join(" "))
        }
    })
}

/// What searches from the registry speak of.
pub(crate) fn words(kind: Kind) -> Words {
    let list = |items: &[&str]| {
        items
            .iter()
            .map(|item| (*item).to_owned())
            .collect::<Vec<_>>()
    };
    let own = match kind {
        Kind::Sysmon | Kind::Security => list(&["EventCode", "process_name", "user", "dest"]),
        Kind::Json | Kind::Pairs => list(&["id"]),
    };
    // A random number is another one in each run.
    let functions = dryfire_engine::functions::all()
        .map(|function| function.spec())
        .filter(|spec| spec.name != "random");
    Words {
        fields: [
            list(&["Image", "CommandLine", "User", "count", "_time", "Odd.Name"]),
            own,
        ]
        .concat(),
        values: list(&[
            "bob",
            "BOB",
            "1",
            "10",
            r"C:\Windows\System32\cmd.exe",
            "a=b; c=d",
            "-",
            "",
        ]),
        functions: functions
            .map(|spec| {
                (
                    spec.name.to_owned(),
                    spec.min,
                    spec.max.unwrap_or(spec.min + 2),
                )
            })
            .collect(),
        aggregates: list(&[
            "count", "dc", "values", "list", "min", "max", "sum", "avg", "stdev", "median",
            "perc90", "mode", "first", "latest", "range",
        ]),
        lookup: ["levels", "Image", "level"].map(str::to_owned),
        models: vec![(
            "Endpoint.Processes".to_owned(),
            list(&["Processes.process_name", "Processes.user", "Processes.dest"]),
        )],
        searches: list(&[
            "*",
            "User=bob",
            "NOT User=bob",
            "Image=*cmd*",
            "[search bob | head 1 | fields User]",
        ]),
        odd: false,
    }
}

/// The commands that the engine has, and those that the planner takes upon itself.
pub(crate) fn supported() -> Vec<&'static Signature> {
    let planned = ["from", "tstats"];
    let names = dryfire_engine::commands::all()
        .map(|command| command.name())
        .chain(planned);
    names
        .map(|name| dryfire_spl::find(name).expect("a signature"))
        .collect()
}

/// A command of the registry.
fn registered(kind: Kind, generating: bool) -> BoxedStrategy<String> {
    let words = words(kind);
    let commands = supported()
        .into_iter()
        .filter(|signature| signature.generating == generating);
    let written = commands.map(|signature| dryfire_fuzz::command(signature, &words));
    Union::new(written).prop_map(|text| plain(&text)).boxed()
}

/// One command after the source.
fn command(kind: Kind) -> BoxedStrategy<String> {
    prop_oneof![3 => made_for(kind), 2 => registered(kind, false)].boxed()
}

/// One command after the source, made for the data at hand.
fn made_for(kind: Kind) -> BoxedStrategy<String> {
    let field = || name(kind);
    let sq = || name(kind).prop_map(|name| format!("'{}'", name.trim_matches('"')));
    let condition = || {
        prop_oneof![
            (
                sq(),
                select(vec!["=", "!=", "<", ">="]),
                select(vec!["\"bob\"", "1", "\"10\"", "9"])
            )
                .prop_map(|(a, op, b)| format!("{a}{op}{b}")),
            (sq(), select(vec!["(?i)cmd", "e$", "[0-9]+", "^."]))
                .prop_map(|(a, re)| format!("match({a},\"{re}\")")),
            sq().prop_map(|a| format!("isnotnull({a})")),
            sq().prop_map(|a| format!("NOT like({a},\"%s%\")")),
        ]
    };
    let plain = vec![
        "head 5",
        "head 2",
        "tail 2",
        "reverse",
        "fillnull",
        "fillnull value=none Image User",
        "bin span=1s _time",
        "bin _time span=2s AS slot",
        "sort 0 - _time",
        "sort - User, Image",
        "sort num(count) -str(Image)",
        "fields - _raw",
        "rename Image AS User",
        "rename *Line AS *Text",
        "mvexpand Image",
        "makemv delim=\" \" CommandLine",
        "spath",
        "convert ctime(_time) AS at",
        "addtotals",
        "eval n=mvcount(Image), m=mvjoin(User,\"|\")",
        "streamstats count AS at",
        "streamstats window=2 values(Image) AS pair",
        "uniq",
        "transpose 3",
        "search NOT User=bob",
        "lookup levels Image OUTPUT level",
        "lookup levels Image OUTPUTNEW level AS count",
        "eventstats count BY User",
        "timechart span=1s count",
        "chart count OVER Image BY User",
        "append [search cmd | head 2]",
        "appendpipe [stats count]",
        "join type=left User [search * | stats count AS n BY User]",
        "foreach Im* [eval n_<<MATCHSTR>>=len('<<FIELD>>')]",
        "strcat User \"-\" Image both",
        "transaction User maxspan=2s",
        "table _time Image User Zeta*",
        "dedup User",
        "dedup 2 Image keepempty=true",
        "nomv Image",
        "filldown User",
        "rex field=_raw \"<Data Name='(?<name>[^']+)'>\" max_match=2",
        "replace \"*bob*\" WITH x IN User",
        "search [search bob | head 2 | fields User]",
        "fieldsummary",
        "accum count AS c",
    ];
    prop_oneof![
        4 => (aggregates(kind), by(kind)).prop_map(|(aggregates, by)| format!("stats {aggregates}{by}")),
        1 => (aggregates(kind), by(kind)).prop_map(|(aggregates, by)| format!("eventstats {aggregates}{by}")),
        2 => condition().prop_map(|condition| format!("where {condition}")),
        1 => (condition(), sq(), sq()).prop_map(|(condition, a, b)| format!("eval x=if({condition},{a},{b}.\"!\")")),
        1 => (sq(), sq()).prop_map(|(a, b)| format!("eval x=coalesce({a},{b}), y=lower({a}), z={a}+1")),
        1 => (field(), field()).prop_map(|(a, b)| format!("rename {a} AS {b}")),
        1 => field().prop_map(|a| format!("rex field={a} \"(?<tail>[^\\\\\\\\]+)$\"")),
        1 => field().prop_map(|a| format!("top 3 {a}")),
        1 => field().prop_map(|a| format!("rare {a}")),
        1 => (field(), field()).prop_map(|(a, b)| format!("fields {a} {b}")),
        1 => field().prop_map(|a| format!("dedup {a}")),
        1 => field().prop_map(|a| format!("sort {a}")),
        9 => select(plain).prop_map(str::to_owned),
    ]
    .boxed()
}

/// Aggregations over a data model and a search of its fields.
fn model() -> impl Strategy<Value = String> {
    let models = [
        (
            "Processes",
            vec![
                "process_name",
                "process",
                "user",
                "dest",
                "parent_process_name",
                "process_path",
            ],
        ),
        (
            "Registry",
            vec![
                "registry_path",
                "registry_value_name",
                "user",
                "dest",
                "process_guid",
                "action",
            ],
        ),
        (
            "Filesystem",
            vec!["file_path", "file_name", "user", "dest", "action"],
        ),
    ];
    select(models.to_vec()).prop_flat_map(|(model, fields)| {
        let field = move || select(fields.clone()).prop_map(move |field| format!("{model}.{field}"));
        let leaf = prop_oneof![
            3 => (field(), select(vec!["=", "!="]), wanted()).prop_map(|(field, op, value)| format!("{field}{op}{value}")),
            1 => (field(), prop::collection::vec(wanted(), 2..4)).prop_map(|(field, values)| format!("{field} IN ({})", values.join(","))),
            1 => field().prop_map(|field| format!("{field}=*")),
            1 => select(vec!["host=dryfire", "source=*Sysmon*", "index=main"]).prop_map(str::to_owned),
            2 => select(vec!["user=unknown", "action=modified", "dest=host*", "vendor_product=*sysmon", "action=allowed"])
                .prop_map(move |condition| format!("{model}.{condition}")),
        ];
        let filter = prop::option::of(expression(leaf));
        let by = prop::collection::vec(field(), 0..3);
        let span = select(vec!["", " _time span=1s", " _time", " _time span=1h"]);
        let fill = select(vec!["", " summariesonly=false fillnull_value=null"]);
        (field(), filter, by, span, fill).prop_map(move |(field, filter, mut by, span, fill)| {
            by.sort();
            by.dedup();
            let filter = filter.map(|filter| format!(" where {filter}")).unwrap_or_default();
            let by = if by.is_empty() && span.is_empty() { String::new() } else { format!(" by {}{span}", by.join(" ")) };
            format!(
                "| tstats{fill} count min(_time) as firstTime max(_time) as lastTime values({field}) as v dc({field}) as d latest({field}) as l \
                 from datamodel=Endpoint.{model}{filter}{by}"
            )
        })
    })
}

/// A search over data of this kind.
pub(crate) fn search(kind: Kind) -> BoxedStrategy<String> {
    let narrow = expression(leaf(kind));
    let wide = expression(leaf(kind)).prop_map(|narrow| format!("({narrow}) OR Image=*"));
    let made = registered(kind, true).prop_map(|command| format!("| {command}"));
    let plain = prop_oneof![3 => narrow, 2 => wide, 2 => selective(kind)].boxed();
    let source = match kind {
        Kind::Sysmon | Kind::Security => prop_oneof![
            10 => plain,
            1 => made,
            6 => model(),
            2 => select(vec!["| from datamodel Endpoint.Processes", "| from datamodel Endpoint.Registry", "| from datamodel Authentication.Authentication"]).prop_map(str::to_owned),
        ]
        .boxed(),
        Kind::Json | Kind::Pairs => prop_oneof![10 => plain, 1 => made].boxed(),
    };
    (source, prop::collection::vec(command(kind), 0..4))
        .prop_map(|(source, commands)| [vec![source], commands].concat().join(" | "))
        .boxed()
}
