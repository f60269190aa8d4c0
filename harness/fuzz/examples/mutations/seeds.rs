//! What is mutated: real searches of the corpus where it is there, this repository's own specifications and data, and
//! generated searches.

use std::path::{Path, PathBuf};

use dryfire_fuzz::{Words, expression, odd, pipeline};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::data::events;
use crate::target::{AND, Target};

/// How many searches or expressions are generated.
const GENERATED: usize = 3_000;
/// How much of a data file is taken.
const PIECE: usize = 3_000;

/// The seeds of a target; `seed` decides what is generated.
pub(crate) fn of(target: Target, seed: u64) -> Vec<String> {
    match target {
        Target::Parser | Target::Search => [
            written(),
            corpus(),
            generated(seed, &pipeline(&words())),
            texts(SEARCHES),
        ]
        .concat(),
        Target::Eval => [
            examples(),
            generated(seed, &expression(&words())),
            texts(EXPRESSIONS),
        ]
        .concat(),
        Target::Rex => pairs(PATTERNS, TEXTS),
        Target::Time => pairs(
            TIMES,
            &[
                "2023-11-14T22:13:20.123456Z",
                "1700000000",
                "14/Nov/2023:22:13:20 +0100",
                "-1d@d",
                "0",
            ],
        ),
        Target::Json => pairs(PATHS, JSON),
        Target::Xml => [vec![events()[0].2.clone()], logs()].concat(),
        Target::Events => [
            events().into_iter().map(|(_, _, text)| text).collect(),
            texts(LINES),
            texts(JSON),
            logs(),
        ]
        .concat(),
        Target::Conf => pairs(PROPS, TRANSFORMS),
    }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn pairs(first: &[&str], second: &[&str]) -> Vec<String> {
    first
        .iter()
        .flat_map(|first| {
            second
                .iter()
                .map(move |second| format!("{first}{AND}{second}"))
        })
        .collect()
}

fn words() -> Words {
    let list = texts;
    let functions = dryfire_engine::functions::all().map(|function| {
        let spec = function.spec();
        (
            spec.name.to_owned(),
            spec.min,
            spec.max.unwrap_or(spec.min + 3),
        )
    });
    let forms = [
        ("if", 3, 3),
        ("case", 2, 6),
        ("coalesce", 1, 4),
        ("mvmap", 2, 2),
        ("validate", 2, 4),
    ]
    .map(|(name, min, max)| (name.to_owned(), min, max));
    Words {
        fields: list(&[
            "Image",
            "User",
            "CommandLine",
            "_time",
            "_raw",
            "id",
            "ProcessId",
            "nested.a{}.b",
            "count",
        ]),
        values: list(&[
            "bob",
            "cmd.exe",
            r"C:\Windows\System32\cmd.exe",
            "5",
            "1e3",
            "%Y-%m-%d",
            "-1d@d",
            "",
            "{\"a\":[1,2]}",
            "(?<x>.)",
        ]),
        functions: functions.chain(forms).collect(),
        aggregates: list(&[
            "dc",
            "values",
            "list",
            "perc95",
            "avg",
            "stdev",
            "first",
            "latest",
            "mode",
            "range",
            "sparkline",
            "rate",
            "sumsq",
            "earliest_time",
        ]),
        lookup: ["levels".to_owned(), "Image".to_owned(), "level".to_owned()],
        models: vec![(
            "Endpoint.Processes".to_owned(),
            list(&["Processes.dest", "Processes.user", "Processes.process_name"]),
        )],
        searches: list(&[
            "User=bob",
            "*",
            "[search id=1 | fields User]",
            "`m`",
            "`n(User, bob)`",
            "Image=*cmd*",
        ]),
        odd: true,
    }
}

fn generated(seed: u64, strategy: &impl Strategy<Value = String>) -> Vec<String> {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &bytes),
    );
    let trees = (0..GENERATED).filter_map(|_| strategy.new_tree(&mut runner).ok());
    trees
        .enumerate()
        .map(|(place, tree)| odd(&tree.current(), seed.wrapping_add(place as u64)))
        .collect()
}

fn examples() -> Vec<String> {
    dryfire_engine::functions::all()
        .flat_map(|function| function.spec().examples)
        .map(|example| example.expression.to_owned())
        .collect()
}

fn harness() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The searches of the engine's specifications.
fn written() -> Vec<String> {
    let Ok(files) = std::fs::read_dir(harness().join("engine/spec")) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    paths.sort();
    let texts = paths
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok());
    let blocks = |text: String| {
        text.split("```spl\n")
            .skip(1)
            .filter_map(|block| block.split("\n```").next().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    texts
        .flat_map(blocks)
        .map(|search| {
            if search.starts_with('|') {
                search
            } else {
                format!("* | {search}")
            }
        })
        .collect()
}

fn corpus_folder() -> PathBuf {
    std::env::var_os("DRYFIRE_CORPUS")
        .map_or_else(|| harness().join("../../shared/corpus"), PathBuf::from)
}

/// The corpus's searches, with macros expanded.
fn corpus() -> Vec<String> {
    let text = std::fs::read_to_string(corpus_folder().join("expectations/expanded.jsonl"))
        .unwrap_or_default();
    let searches = text.lines().filter_map(|line| {
        serde_json::from_str::<serde_json::Value>(line).ok()?["expanded"]
            .as_str()
            .map(str::to_owned)
    });
    searches.collect()
}

/// The beginnings of bundled data and of the corpus's logs.
fn logs() -> Vec<String> {
    let bundled = [
        "windows-sysmon.log",
        "windows-security.log",
        "crowdstrike.log",
    ]
    .map(|name| harness().join("../datasets/malware/qbot/msra").join(name));
    let index =
        std::fs::read_to_string(corpus_folder().join("logs/index.jsonl")).unwrap_or_default();
    let logged = index.lines().step_by(8).filter_map(|line| {
        let entry: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(corpus_folder().join("logs").join(entry["path"].as_str()?))
    });
    let beginnings = bundled
        .into_iter()
        .chain(logged)
        .filter_map(|path| std::fs::read(path).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes[..bytes.len().min(PIECE)]).into_owned());
    beginnings.collect()
}

/// Searches that ask for much.
const SEARCHES: &[&str] = &[
    "| makeresults count=5 | streamstats count AS n | eval x=mvrange(0,n) | mvexpand x",
    "| makeresults count=100000 | eval a=random() | stats count by a",
    "| gentimes start=-3000 increment=1s",
    "| makeresults | eval _time=0 | append [| makeresults] | timechart span=1d count",
    "| makeresults count=3 | streamstats count AS n | eval n=n*1000 | makecontinuous n span=1",
    "| makeresults count=3 | streamstats count AS n | bin n bins=100 | chart count over n span=10",
    "* | bin _time span=1d@d | bin id bins=1000 start=0 end=1e9",
    "* | transaction User maxspan=1d maxpause=1h mvlist=t",
    "* | join type=left max=0 User [search * | fields User, id]",
    "* | foreach * [eval <<FIELD>>_x='<<FIELD>>'.'<<FIELD>>']",
    "| makeresults | eval a=\"aaaaaaaa\" | eval a=replace(a,\"a\",\"aaaaaaaa\"), a=a.a.a.a",
    "* | map maxsearches=10 search=\"search User=$User$ | head 1\"",
    "* | spath | untable _time k v | xyseries _time k v | transpose 100",
    "* | stats sparkline(count,1h) sparkline values(*) as *",
    "* | predict id future_timespan=100 | trendline sma20(id) | autoregress id p=1-100",
    "* | rex max_match=0 \"(?<c>.)\" | mvexpand c limit=100 | nomv c",
    "* | eval x=mvzip(mvrange(0,100),mvrange(0,100)), y=mvjoin(x,\",\"), z=printf(\"%99d\",1) | makemv delim=\",\" y | fieldsummary maxvals=1000",
    "* | fillnull | accum id | delta id p=3 | addtotals col=t | outlier | rangemap field=id a=0-1 b=2-1000000",
];

const EXPRESSIONS: &[&str] = &[
    "mvrange(0,100,3)",
    "printf(\"%10.3f|%s|%x\",n,User,5)",
    "replace(CommandLine,\"(a|b)+\",\"<\\1>\")",
    "pow(n,100)",
    "exact(n*1.5)",
    "sigfig(n*1.5)",
    "tostring(n,\"hex\")",
    "tonumber(\"zz\",36)",
    "strftime(n,\"%F %T\")",
    "relative_time(n,\"-1y@y\")",
    "substr(Image,-3,2)",
    "mvindex(mv,-1)",
    "mvmap(mv,mv.\"x\")",
    "mvfilter(match(mv,\"a\"))",
    "mvsort(mv)",
    "mvzip(mv,mv)",
    "split(Image,\"\\\\\")",
    "ltrim(Image,\"C:\")",
    "round(n/3,5)",
    "json_object(\"a\",n,\"b\",mv)",
    "json_set(\"{}\",\"a.b{3}.c\",n)",
    "spath(_raw,\"a\")",
    "cidrmatch(\"10.0.0.0/8\",src)",
    "ipmask(\"0.0.255.0\",src)",
    "bit_shift_left(1,n)",
    "urldecode(\"%41%zz\")",
    "if(n>1,1,0)",
    "case(n=1,\"a\",true(),\"b\")",
    "len(mv)",
    "max(n,mv,\"a\")",
    "commands(\"search a | stats count\")",
    "mvappend(mv,mv,mv)",
    "trim(Image)",
    "lower(User)=\"bob\"",
    "n IN (1,2,\"x\")",
];

const PATTERNS: &[&str] = &[
    r"(?<a>\w+)\s(?<b>.*)",
    r"^(?<a>[^,]+),(?<b>\d+)$",
    r"(a+)+$",
    r"(?i)(?<x>cmd|powershell)\.exe",
    r"(?<=x)y(?!z)",
    r"\b(?<ip>\d{1,3}(\.\d{1,3}){3})\b",
    r"s/(\w+) (\w+)/\2 \1/g",
    r"s/a/b/",
    r"y/abc/xyz/",
    r"(?<k>[^=]+)=(?<v>[^;]*);",
    r"(?s).*?(?<z>é+).*",
    r"[[:alpha:]]+",
    r"\x41\u0042\p{Lu}",
    r"(?P<n>(?:x|y)*?)\1",
    r"%a_%",
    r"([^&]+)&",
    r"(.*)(.*)(.*)(.*)(.*)x",
    "",
];
const TEXTS: &[&str] = &[
    "C:\\Windows\\System32\\cmd.exe /c \"whoami & echo x\"",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
    "k1=v1;k2=v2;;=;",
    "10.1.2.3, päck ééé \u{1f600}\nsecond line",
    "",
];
const TIMES: &[&str] = &[
    "%Y-%m-%dT%H:%M:%S.%6NZ",
    "%d/%b/%Y:%H:%M:%S %z",
    "%s.%3N",
    "%A %B %e %I:%M %p %Z",
    "%j %U %w %y %C %G-W%V-%u",
    "%+ %c %x %X %D %F %T %R",
    "%Ez %:z %::z %Q %9Q %k %l %n %t %%",
    "-1d@d",
    "@w0+3h",
    "-7d@mon+1y@q",
    "now",
    "rt-5m",
    "+1000y",
    "1s",
    "10m",
    "1mon",
    "1700000000",
];
const PATHS: &[&str] = &[
    "a",
    "a.b{0}.c",
    "a{}.b",
    "{}",
    "{@id}",
    "a{@x}.b{2}",
    "a.b.c.d.e",
    "\"a.b\".c",
    "",
    "a{1}{2}",
];
const JSON: &[&str] = &[
    "{\"a\":{\"b\":[{\"c\":1},{\"c\":\"x\"}],\"d\":null},\"e\":1.50e3,\"f\":\"\\u00e4\\ud83d\\ude00\"}",
    "[1,2,[3,[4]],{\"a\":{}}]",
    "\"text\"",
    "12345678901234567890",
    "{\"a\":1,\"a\":2}",
    "{\"a\": tru",
    "<a x='1'><b>t</b><b/></a>",
];
const LINES: &[&str] = &[
    "Nov 14 22:13:20 host sshd[123]: Failed password for root from 10.1.2.3 port 22 ssh2\n",
    "10.1.2.3 - bob [14/Nov/2023:22:13:20 +0000] \"GET /a?b=c HTTP/1.1\" 200 123 \"-\" \"curl/8\"\n",
    "11/14/2023 10:13:20 PM\nLogName=Security\nEventCode=4688\nMessage=A new process.\n\tAccount Name:\tbob\n",
    "a,b,c\n1,2,3\n\"x,y\",\"\",z\n",
    "type=SYSCALL msg=audit(1700000000.123:45): arch=c000003e syscall=59 success=yes exe=\"/usr/bin/id\"\n",
    "CEF:0|v|p|1|100|name|5|src=10.1.2.3 dst=1.1.1.1 msg=a b c\n",
];
const PROPS: &[&str] = &[
    "[XmlWinEventLog]\nEXTRACT-a = (?<x>\\w+)\nFIELDALIAS-b = Image AS i\nEVAL-c = lower(User)\nLOOKUP-d = levels Image OUTPUT level\n",
    "[_json]\nKV_MODE = json\nTIME_FORMAT = %Y-%m-%dT%H:%M:%SZ\nTIME_PREFIX = timestamp\":\"\nMAX_TIMESTAMP_LOOKAHEAD = 30\n",
    "[test:pairs]\nLINE_BREAKER = ([\\r\\n]+)\nSHOULD_LINEMERGE = true\nBREAK_ONLY_BEFORE = time=\nTRUNCATE = 100\nREPORT-x = pairs\nSEDCMD-s = s/bob/x/g\nKV_MODE = auto\n",
    "[source::*.log]\nsourcetype = other\n[other]\nTRANSFORMS-t = route\nMAX_EVENTS = 2\nTZ = Europe/Vienna\n",
];
const TRANSFORMS: &[&str] = &[
    "[pairs]\nDELIMS = \" \", \"=\"\nMV_ADD = true\n[route]\nREGEX = (\\w+)\nDEST_KEY = MetaData:Index\nFORMAT = $1\n",
    "[pairs]\nREGEX = (\\w+)=(\\w+)\nFORMAT = $1::$2\nREPEAT_MATCH = true\n[levels]\nfilename = levels.csv\nmatch_type = CIDR(Image)\nmax_matches = 3\ndefault_match = x\n",
];
