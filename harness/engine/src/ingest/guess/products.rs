//! Rules for events that are JSON objects: tell-tale keys.

use super::Rule;
use super::json::Keys;

type Test = fn(&Keys<'_>) -> bool;

/// In order of trial: what is told by fewer keys comes later.
pub(super) const RULES: &[Rule<Test>] = &[
    Rule::new(
        "crowdstrike:events:sensor",
        "crowdstrike",
        "`event_simpleName` is CrowdStrike's",
        |keys| keys.all(&["event_simpleName"]),
    ),
    Rule::new(
        "CrowdStrike:Event:Streams:JSON",
        "CrowdStrike:Event:Streams",
        "`customerIDString` is CrowdStrike's",
        |keys| keys.all(&["event"]) && keys.within("metadata").all(&["customerIDString"]),
    ),
    Rule::new(
        "aws:cloudtrail",
        "aws_cloudtrail",
        "`eventVersion` and `eventSource` are CloudTrail's",
        |keys| keys.all(&["eventVersion", "eventSource"]),
    ),
    Rule::new(
        "aws:cloudtrail:lake",
        "aws_asl",
        "`class_uid` and `metadata.product` are OCSF's",
        |keys| keys.all(&["class_uid"]) && keys.within("metadata").all(&["product"]),
    ),
    Rule::new(
        "aws:securityhub:finding",
        "aws_securityhub_finding",
        "`ProductArn` is Security Hub's",
        |keys| keys.all(&["ProductArn", "Types"]),
    ),
    Rule::new(
        "o365:management:activity",
        "o365",
        "`Workload`, `Operation` and `CreationTime` are Office 365's",
        |keys| keys.all(&["Workload", "Operation", "CreationTime"]),
    ),
    Rule::new(
        "mscs:azure:eventhub:defender:advancedhunting",
        "eventhub://windowsdefenderlogs",
        "the category is Defender's advanced hunting",
        |keys| keys.begins("category", "AdvancedHunting"),
    ),
    Rule::new(
        "azure:monitor:aad",
        "Azure AD",
        "`category`, `operationName` and `tenantId` are Entra ID's",
        |keys| keys.all(&["category", "operationName", "tenantId"]),
    ),
    Rule::new(
        "mscs:azure:audit",
        "mscs:azure:audit",
        "`authorization` and `eventTimestamp` are Azure's activity log's",
        |keys| keys.all(&["authorization", "eventTimestamp"]),
    ),
    Rule::new(
        "OktaIM2:log",
        "Okta",
        "`eventType`, `published` and `actor` are Okta's",
        |keys| keys.all(&["eventType", "published", "actor"]),
    ),
    Rule::new(
        "suricata",
        "suricata",
        "`event_type` and `flow_id` are Suricata's",
        |keys| keys.all(&["event_type", "flow_id"]),
    ),
    Rule::new(
        "bro:dns:json",
        "dns.log",
        "`id.orig_h` and `qtype` are Zeek's",
        |keys| keys.all(&["id.orig_h", "qtype"]),
    ),
    Rule::new(
        "bro:http:json",
        "http.log",
        "`id.orig_h` and `trans_depth` are Zeek's",
        |keys| keys.all(&["id.orig_h", "trans_depth", "uri"]),
    ),
    Rule::new(
        "bro:conn:json",
        "conn.log",
        "`id.orig_h` is Zeek's",
        |keys| keys.all(&["id.orig_h"]),
    ),
    Rule::new(
        "_json",
        "kubernetes",
        "the API version is that of Kubernetes' audit log",
        |keys| keys.begins("apiVersion", "audit.k8s.io/"),
    ),
    Rule::new(
        "gws:reports:login",
        "gws:reports:login",
        "the kind is Google Workspace's reports, of logins",
        |keys| {
            keys.begins("kind", "admin#reports#activity")
                && keys.within("id").begins("applicationName", "login\"")
        },
    ),
    Rule::new(
        "gws:reports:admin",
        "gws:reports:admin",
        "the kind is Google Workspace's reports",
        |keys| keys.begins("kind", "admin#reports#activity"),
    ),
    Rule::new(
        "gsuite:gmail:bigquery",
        "http:gsuite",
        "`rfc2822_message_id` is Gmail's",
        |keys| keys.all(&["rfc2822_message_id"]),
    ),
    Rule::new(
        "gsuite:drive:json",
        "http:gsuite",
        "`primary_event` is Google Drive's",
        |keys| keys.all(&["type", "name"]) && keys.within("parameters").all(&["primary_event"]),
    ),
    Rule::new(
        "aws:firehose:json",
        "github",
        "`_document_id` and `action` are GitHub's audit log's",
        |keys| keys.all(&["_document_id", "action"]),
    ),
    Rule::new(
        "aws:firehose:json",
        "github",
        "`repository` and `sender` are GitHub's webhooks'",
        |keys| keys.all(&["repository", "sender"]),
    ),
    Rule::new(
        "circleci",
        "circleci",
        "`vcs_url` and `reponame` are CircleCI's",
        |keys| keys.all(&["vcs_url", "reponame"]),
    ),
    Rule::new(
        "osquery:results",
        "osquery",
        "`hostIdentifier` and `calendarTime` are osquery's",
        |keys| keys.all(&["hostIdentifier", "calendarTime"]),
    ),
    Rule::new("_json", "PINGID", "the source is PingID", |keys| {
        keys.begins("source", "PINGID\"")
    }),
    Rule::new(
        "stream:http",
        "stream:http",
        "`endtime` and `http_method` are Splunk Stream's",
        |keys| keys.all(&["endtime", "http_method"]),
    ),
];

#[cfg(test)]
mod tests {
    use super::super::guess;

    #[test]
    fn products_are_told_by_keys() {
        for (line, source, sourcetype) in [
            (
                r#"{"aid":"1","event_simpleName":"ProcessRollup2"}"#,
                "crowdstrike",
                "crowdstrike:events:sensor",
            ),
            (
                r#"{"metadata":{"customerIDString":"1"},"event":{}}"#,
                "CrowdStrike:Event:Streams",
                "CrowdStrike:Event:Streams:JSON",
            ),
            (
                r#"{"eventVersion":"1.08","eventSource":"iam.amazonaws.com"}"#,
                "aws_cloudtrail",
                "aws:cloudtrail",
            ),
            (
                r#"{"Records": [{"eventVersion":"1","eventSource":"s3"}]}"#,
                "aws_cloudtrail",
                "aws:cloudtrail",
            ),
            (
                r#"{"metadata":{"product":{"name":"CloudTrail"}},"class_uid":3001}"#,
                "aws_asl",
                "aws:cloudtrail:lake",
            ),
            (
                r#"{"ProductArn":"arn:x","Types":["a"]}"#,
                "aws_securityhub_finding",
                "aws:securityhub:finding",
            ),
            (
                r#"{"CreationTime":"t","Operation":"o","Workload":"Exchange"}"#,
                "o365",
                "o365:management:activity",
            ),
            (
                r#"{"time":"t","category":"AuditLogs","operationName":"o","tenantId":"1"}"#,
                "Azure AD",
                "azure:monitor:aad",
            ),
            (
                r#"{"category":"AdvancedHunting-AlertInfo","operationName":"Publish","tenantId":"1"}"#,
                "eventhub://windowsdefenderlogs",
                "mscs:azure:eventhub:defender:advancedhunting",
            ),
            (
                r#"{"authorization":{},"eventTimestamp":"t"}"#,
                "mscs:azure:audit",
                "mscs:azure:audit",
            ),
            (
                r#"{"actor":{},"eventType":"user.session.start","published":"t"}"#,
                "Okta",
                "OktaIM2:log",
            ),
            (
                r#"{"timestamp":"t","flow_id":1,"event_type":"dns"}"#,
                "suricata",
                "suricata",
            ),
            (
                r#"{"ts":1.5,"id.orig_h":"192.0.2.1","conn_state":"SF"}"#,
                "conn.log",
                "bro:conn:json",
            ),
            (
                r#"{"ts":1.5,"id.orig_h":"192.0.2.1","qtype":1}"#,
                "dns.log",
                "bro:dns:json",
            ),
            (
                r#"{"ts":1.5,"id.orig_h":"192.0.2.1","trans_depth":1,"uri":"/"}"#,
                "http.log",
                "bro:http:json",
            ),
            (
                r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1"}"#,
                "kubernetes",
                "_json",
            ),
            (
                r#"{"kind":"admin#reports#activity","id":{"applicationName":"login"}}"#,
                "gws:reports:login",
                "gws:reports:login",
            ),
            (
                r#"{"kind":"admin#reports#activity","id":{"applicationName":"admin"}}"#,
                "gws:reports:admin",
                "gws:reports:admin",
            ),
            (
                r#"{"rfc2822_message_id":"<1@example.com>"}"#,
                "http:gsuite",
                "gsuite:gmail:bigquery",
            ),
            (
                r#"{"type":"access","name":"edit","parameters":{"primary_event":true}}"#,
                "http:gsuite",
                "gsuite:drive:json",
            ),
            (
                r#"{"@timestamp":1,"_document_id":"x","action":"repo.create"}"#,
                "github",
                "aws:firehose:json",
            ),
            (
                r#"{"action":"opened","repository":{},"sender":{}}"#,
                "github",
                "aws:firehose:json",
            ),
            (
                r#"{"vcs_url":"https://example.com/r","reponame":"r"}"#,
                "circleci",
                "circleci",
            ),
            (
                r#"{"name":"p","hostIdentifier":"h","calendarTime":"t"}"#,
                "osquery",
                "osquery:results",
            ),
            (r#"{"source":"PINGID","id":"1"}"#, "PINGID", "_json"),
            (
                r#"{"endtime":"t","http_method":"GET"}"#,
                "stream:http",
                "stream:http",
            ),
            (
                r#"{"a":{"event_simpleName":"not a key of the event"}}"#,
                "",
                "_json",
            ),
        ] {
            let found = guess(line);
            assert_eq!(
                (
                    found.source.as_deref().unwrap_or(""),
                    found.sourcetype.as_str()
                ),
                (source, sourcetype),
                "{line}"
            );
        }
    }
}
