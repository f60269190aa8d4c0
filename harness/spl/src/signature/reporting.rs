//! Commands that aggregate: `stats` and its kin, charts, `top`, `transaction`, …

use super::OptionKind::{Bool, Field, Int, Number, OneOf, Span, Text};
use super::{OptionSpec, Shape, Signature};

const STATS: &[OptionSpec] = &[
    OptionSpec::new("allnum", Bool, "only fields that are numbers throughout"),
    OptionSpec::new("delim", Text, "joins multivalues"),
    OptionSpec::new("partitions", Int, "how many threads"),
    OptionSpec::new("dedup_splitvals", Bool, "a group counts a row once"),
];

const STREAMSTATS: &[OptionSpec] = &[
    OptionSpec::new("window", Int, "how many rows; 0 means all"),
    OptionSpec::new("current", Bool, "with the row itself"),
    OptionSpec::new("global", Bool, "one window for all groups"),
    OptionSpec::new("allnum", Bool, "only fields that are numbers throughout"),
    OptionSpec::new(
        "reset_on_change",
        Bool,
        "start anew when a group field changes",
    ),
    OptionSpec::new("reset_before", Text, "start anew before a row"),
    OptionSpec::new("reset_after", Text, "start anew after a row"),
    OptionSpec::new("time_window", Span, "how long"),
];

const CHART: &[OptionSpec] = &[
    OptionSpec::new("limit", Text, "most series; 0 means all"),
    OptionSpec::new("useother", Bool, "one series for the rest"),
    OptionSpec::new("usenull", Bool, "a series for missing values"),
    OptionSpec::new("otherstr", Text, "name of the rest"),
    OptionSpec::new("nullstr", Text, "name of the missing"),
    OptionSpec::new("sep", Text, "joins series and value"),
    OptionSpec::new("format", Text, "how names are made"),
    OptionSpec::new("cont", Bool, "no gaps"),
    OptionSpec::new("agg", Text, "ranks the series"),
    OptionSpec::new("span", Span, "width of a bucket"),
    OptionSpec::new("minspan", Span, "least width of a bucket"),
    OptionSpec::new("bins", Int, "most buckets"),
    OptionSpec::new("start", Number, "least value"),
    OptionSpec::new("end", Number, "greatest value"),
    OptionSpec::new("aligntime", Text, "where the buckets start"),
    OptionSpec::new("partial", Bool, "keep buckets cut by the time range"),
    OptionSpec::new("fixedrange", Bool, "the whole time range"),
    OptionSpec::new("dedup_splitvals", Bool, "a group counts a row once"),
];

const GEOSTATS: &[OptionSpec] = &[
    OptionSpec::new("latfield", Field, "the latitude"),
    OptionSpec::new("longfield", Field, "the longitude"),
    OptionSpec::new("outputlatfield", Field, "where the latitude goes"),
    OptionSpec::new("outputlongfield", Field, "where the longitude goes"),
    OptionSpec::new("binspanlat", Number, "height of a cell"),
    OptionSpec::new("binspanlong", Number, "width of a cell"),
    OptionSpec::new("globallimit", Int, "most series"),
    OptionSpec::new("locallimit", Int, "most series of a cell"),
    OptionSpec::new("maxzoomlevel", Int, "deepest level"),
    OptionSpec::new("translatetoxy", Bool, "one row a cell"),
];

const TOP: &[OptionSpec] = &[
    OptionSpec::new("limit", Int, "most rows; 0 means all"),
    OptionSpec::new("showcount", Bool, "add the count"),
    OptionSpec::new("showperc", Bool, "add the share"),
    OptionSpec::new("countfield", Field, "where the count goes"),
    OptionSpec::new("percentfield", Field, "where the share goes"),
    OptionSpec::new("useother", Bool, "a row for the rest"),
    OptionSpec::new("otherstr", Text, "name of the rest"),
];

const TRANSACTION: &[OptionSpec] = &[
    OptionSpec::new("name", Text, "a stanza of transactiontypes.conf"),
    OptionSpec::new("fields", Text, "the key fields"),
    OptionSpec::new("maxspan", Span, "longest duration"),
    OptionSpec::new("maxpause", Span, "longest pause"),
    OptionSpec::new("maxevents", Int, "most events"),
    OptionSpec::new("connected", Bool, "an event must share a field"),
    OptionSpec::new("unifyends", Bool, "ends must share a field"),
    OptionSpec::new("keeporphans", Bool, "keep events of no transaction"),
    OptionSpec::new("keepevicted", Bool, "keep unfinished transactions"),
    OptionSpec::new("maxopentxn", Int, "most open transactions"),
    OptionSpec::new("maxopenevents", Int, "most open events"),
    OptionSpec::new("mvlist", Text, "keep all values in order"),
    OptionSpec::new("mvraw", Bool, "events as values of _raw"),
    OptionSpec::new("delim", Text, "joins values"),
    OptionSpec::new("nullstr", Text, "stands for a missing value"),
];

const CONTINGENCY: &[OptionSpec] = &[
    OptionSpec::new("maxcols", Int, "most columns"),
    OptionSpec::new("maxrows", Int, "most rows"),
    OptionSpec::new("mincolcover", Number, "least share of columns"),
    OptionSpec::new("minrowcover", Number, "least share of rows"),
    OptionSpec::new("usetotal", Bool, "add totals"),
    OptionSpec::new("totalstr", Text, "name of the totals"),
];

const OUTLIER: &[OptionSpec] = &[
    OptionSpec::new(
        "action",
        OneOf(&["rm", "remove", "tf", "transform"]),
        "what to do",
    ),
    OptionSpec::new("mark", Bool, "mark changed values"),
    OptionSpec::new("param", Number, "how many quartile ranges"),
    OptionSpec::new("uselower", Bool, "low values too"),
    OptionSpec::new("type", Text, "the method"),
];

const ANOMALYDETECTION: &[OptionSpec] = &[
    OptionSpec::new(
        "method",
        OneOf(&["histogram", "zscore", "iqr"]),
        "how to judge",
    ),
    OptionSpec::new(
        "action",
        OneOf(&[
            "filter",
            "annotate",
            "summary",
            "rm",
            "remove",
            "tf",
            "transform",
        ]),
        "what to do",
    ),
    OptionSpec::new("pthresh", Number, "least probability"),
    OptionSpec::new("cutoff", Bool, "fewer anomalies"),
    OptionSpec::new("param", Number, "how many quartile ranges"),
    OptionSpec::new("uselower", Bool, "low values too"),
    OptionSpec::new("mark", Bool, "mark changed values"),
];

super::family![
    Signature::new(
        "stats",
        Shape::Stats,
        "aggregates rows",
        "stats AGGREGATES [by FIELDS]",
    )
    .options(STATS),
    Signature::new(
        "eventstats",
        Shape::Stats,
        "adds aggregates to each row",
        "eventstats AGGREGATES [by FIELDS]",
    )
    .options(STATS),
    Signature::new(
        "streamstats",
        Shape::Stats,
        "adds running aggregates",
        "streamstats [window=N] [current=B] [global=B] AGGREGATES [by FIELDS]",
    )
    .options(STREAMSTATS),
    Signature::new(
        "sistats",
        Shape::Stats,
        "stats for a summary index",
        "sistats AGGREGATES [by FIELDS]",
    )
    .options(STATS),
    Signature::new(
        "chart",
        Shape::Stats,
        "aggregates into a table of two groups",
        "chart [OPTIONS] AGGREGATES [over FIELD] [by FIELDS]",
    )
    .options(CHART),
    Signature::new(
        "timechart",
        Shape::Stats,
        "aggregates over time",
        "timechart [span=S] [limit=N] AGGREGATES [by FIELD]",
    )
    .options(CHART),
    Signature::new(
        "sichart",
        Shape::Stats,
        "chart for a summary index",
        "sichart [OPTIONS] AGGREGATES [over FIELD] [by FIELDS]",
    )
    .options(CHART),
    Signature::new(
        "sitimechart",
        Shape::Stats,
        "timechart for a summary index",
        "sitimechart [OPTIONS] AGGREGATES [by FIELD]",
    )
    .options(CHART),
    Signature::new(
        "geostats",
        Shape::Stats,
        "aggregates over places",
        "geostats [OPTIONS] AGGREGATES [by FIELD]",
    )
    .options(GEOSTATS),
    Signature::new(
        "top",
        Shape::Fields,
        "the most common values",
        "top [N] [OPTIONS] FIELDS [by FIELDS]",
    )
    .aliases(&["common"])
    .options(TOP),
    Signature::new(
        "rare",
        Shape::Fields,
        "the least common values",
        "rare [N] [OPTIONS] FIELDS [by FIELDS]",
    )
    .options(TOP),
    Signature::new(
        "sitop",
        Shape::Fields,
        "top for a summary index",
        "sitop [N] [OPTIONS] FIELDS [by FIELDS]",
    )
    .options(TOP),
    Signature::new(
        "sirare",
        Shape::Fields,
        "rare for a summary index",
        "sirare [N] [OPTIONS] FIELDS [by FIELDS]",
    )
    .options(TOP),
    Signature::new(
        "transaction",
        Shape::Transaction,
        "groups events that belong together",
        "transaction [FIELDS] [startswith=FILTER] [endswith=FILTER] [maxspan=S] [maxpause=S] [OPTIONS]",
    )
    .aliases(&["transam"])
    .options(TRANSACTION),
    Signature::new(
        "contingency",
        Shape::Fields,
        "counts pairs of values",
        "contingency [OPTIONS] FIELD FIELD",
    )
    .aliases(&["counttable", "ctable"])
    .options(CONTINGENCY),
    Signature::new(
        "outlier",
        Shape::Fields,
        "changes or drops outliers",
        "outlier [action=rm|tf] [param=N] [uselower=B] [mark=B] [FIELDS]",
    )
    .options(OUTLIER),
    Signature::new(
        "anomalydetection",
        Shape::Fields,
        "finds unlikely rows",
        "anomalydetection [method=M] [action=A] [FIELDS]",
    )
    .options(ANOMALYDETECTION),
    Signature::new("anomalies", Shape::Raw, "how unexpected a row is", "anomalies [OPTIONS]"),
    Signature::new(
        "anomalousvalue",
        Shape::Raw,
        "finds unusual values",
        "anomalousvalue [OPTIONS] [FIELDS]",
    ),
    Signature::new("associate", Shape::Raw, "finds related values", "associate [OPTIONS] [FIELDS]"),
    Signature::new("arules", Shape::Raw, "finds association rules", "arules [OPTIONS] FIELDS"),
    Signature::new(
        "correlate",
        Shape::Raw,
        "how often fields occur together",
        "correlate [type=cocur]",
    ),
    Signature::new(
        "cluster",
        Shape::Raw,
        "groups similar events",
        "cluster [t=N] [field=FIELD] [showcount=B] [OPTIONS]",
    ),
    Signature::new(
        "kmeans",
        Shape::Raw,
        "groups rows by distance",
        "kmeans [k=N] [OPTIONS] [FIELDS]",
    ),
    Signature::new(
        "trendline",
        Shape::Raw,
        "moving averages",
        "trendline (sma|ema|wma)N(FIELD) [AS NAME]…",
    ),
    Signature::new(
        "x11",
        Shape::Raw,
        "takes the season out of a series",
        "x11 [add()|mult()] [PERIOD](FIELD) [AS NAME]",
    ),
    Signature::new(
        "predict",
        Shape::Raw,
        "forecasts a series",
        "predict FIELD [AS NAME] [OPTIONS]",
    ),
    Signature::new("overlap", Shape::None, "finds gaps and overlaps of a summary index", "overlap"),
];
