//! Commands with effects outside the search, commands of other apps, and the rest.

use super::{Shape, Signature};

super::family![
    Signature::new(
        "cyberchef",
        Shape::Raw,
        "runs a CyberChef recipe",
        "cyberchef infield=FIELD outfield=FIELD jsonrecipe=TEXT"
    )
    .external(),
    Signature::new(
        "dnstwist",
        Shape::Raw,
        "makes look-alike domain names",
        "dnstwist domainlist=NAME"
    )
    .external(),
    Signature::new(
        "geom",
        Shape::Raw,
        "adds the shape of a region",
        "geom [FEATURES] [OPTIONS]"
    ),
    Signature::new(
        "geomfilter",
        Shape::Raw,
        "keeps the points of a box",
        "geomfilter [min_x=N] [max_x=N] [min_y=N] [max_y=N]"
    ),
    Signature::new("gauge", Shape::Raw, "makes a gauge", "gauge FIELD [RANGES]"),
    Signature::new(
        "redistribute",
        Shape::Raw,
        "spreads the work",
        "redistribute [num_of_reducers=N] [by FIELDS]"
    ),
    Signature::new(
        "require",
        Shape::None,
        "fails when there are no rows",
        "require"
    ),
    Signature::new("run", Shape::Raw, "runs a script", "run SCRIPT [ARGUMENTS]"),
    Signature::new(
        "script",
        Shape::Raw,
        "runs a script",
        "script SCRIPT [ARGUMENTS]"
    ),
    Signature::new(
        "sendalert",
        Shape::Raw,
        "runs an alert action",
        "sendalert ACTION [param.NAME=VALUE]…"
    ),
    Signature::new(
        "sendemail",
        Shape::Raw,
        "sends the rows by e-mail",
        "sendemail to=ADDRESSES [OPTIONS]"
    ),
    Signature::new(
        "localop",
        Shape::None,
        "runs the next commands locally",
        "localop"
    ),
    Signature::new(
        "bucketdir",
        Shape::Raw,
        "groups paths by folder",
        "bucketdir pathfield=FIELD sizefield=FIELD [OPTIONS]"
    ),
    Signature::new(
        "concurrency",
        Shape::Raw,
        "counts events that happen at the same time",
        "concurrency duration=FIELD [start=FIELD] [output=FIELD]"
    ),
    Signature::new(
        "diff",
        Shape::Raw,
        "compares two results",
        "diff [position1=N] [position2=N] [OPTIONS]"
    ),
    Signature::new(
        "folderize",
        Shape::Raw,
        "groups sources by folder",
        "folderize attr=FIELD [OPTIONS]"
    ),
    Signature::new(
        "timewrap",
        Shape::Raw,
        "lays periods of a chart over each other",
        "timewrap SPAN [align=WORD] [series=WORD] [time_format=TEXT]"
    ),
    Signature::new(
        "tscollect",
        Shape::Raw,
        "writes a file for tstats",
        "tscollect [namespace=NAME] [OPTIONS]"
    ),
    Signature::new(
        "rtorder",
        Shape::Raw,
        "orders events of a real-time search",
        "rtorder [discard=B] [buffer_span=SPAN] [max_buffer_size=N]"
    ),
    Signature::new(
        "cofilter",
        Shape::Raw,
        "counts how often values occur together",
        "cofilter FIELD FIELD"
    ),
    Signature::new(
        "history",
        Shape::Raw,
        "lists past searches",
        "history [events=B]"
    )
    .generating(),
    Signature::new("audit", Shape::None, "reads the audit trail", "audit").generating(),
    Signature::new(
        "metasearch",
        Shape::Raw,
        "finds events by their metadata",
        "metasearch [EXPRESSION]"
    )
    .generating(),
    Signature::new(
        "pivot",
        Shape::Raw,
        "makes a pivot table of a data model",
        "pivot MODEL DATASET ELEMENTS"
    )
    .generating(),
    Signature::new(
        "datamodelsimple",
        Shape::Raw,
        "lists data models",
        "datamodelsimple type=WORD [OPTIONS]"
    )
    .generating()
    .external(),
    Signature::new(
        "inputintelligence",
        Shape::Raw,
        "reads an intelligence download",
        "inputintelligence NAME"
    )
    .generating()
    .external(),
    Signature::new(
        "dbxquery",
        Shape::Raw,
        "queries a database",
        "dbxquery connection=NAME query=TEXT [OPTIONS]"
    )
    .generating()
    .external(),
    Signature::new(
        "dbxlookup",
        Shape::Raw,
        "looks rows up in a database",
        "dbxlookup [OPTIONS] FIELDS"
    )
    .external(),
    Signature::new(
        "dbxoutput",
        Shape::Raw,
        "writes rows into a database",
        "dbxoutput output=NAME [OPTIONS]"
    )
    .external(),
];
