//! What the REST interface shows: entries, alone or in a feed, as Atom XML or as JSON; and what it says when it refuses.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value as Json, json};

use crate::clock;
use crate::http::{Params, Reply, escape};

/// What stands as it is in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// Entries of a page where the client names no number.
const PAGE: usize = 30;
/// The version that the server says it has: the endpoints are those of this one.
pub(crate) const VERSION: &str = "9.3.0";
/// `build` of that version.
pub(crate) const BUILD: &str = "dryfire";

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

impl Refusal {
    /// A refusal with that status.
    pub(crate) fn new(status: u16, text: impl Into<String>) -> Self {
        Self {
            status,
            kind: "ERROR",
            text: text.into(),
        }
    }

    /// A mistake of the client's.
    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self::new(400, text)
    }

    /// There is no such thing.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, format!("Could not find object id={what}"))
    }

    /// A search that can't be started.
    pub(crate) fn search(text: impl Into<String>) -> Self {
        Self {
            kind: "FATAL",
            ..Self::bad(text)
        }
    }

    /// As the client wants it.
    pub(crate) fn reply(&self, as_json: bool) -> Reply {
        if as_json {
            let messages = json!({"messages": [{"type": self.kind, "text": self.text}]});
            return Reply::json(self.status, &messages);
        }
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>\n  <messages>\n    <msg type=\"{}\">{}</msg>\n  </messages>\n</response>\n",
            self.kind,
            escape(&self.text)
        );
        Reply::xml(self.status, body)
    }
}

/// Something that the REST interface shows.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The collection, without `/services/`: `data/indexes`.
    pub(crate) collection: &'static str,
    pub(crate) owner: String,
    pub(crate) app: String,
    /// `user`, `app`, `global` or `system`.
    pub(crate) sharing: &'static str,
    pub(crate) content: Map<String, Json>,
}

impl Entry {
    /// Something of the server's own.
    pub(crate) fn system(
        name: impl Into<String>,
        collection: &'static str,
        content: Map<String, Json>,
    ) -> Self {
        Self {
            name: name.into(),
            collection,
            owner: "nobody".to_owned(),
            app: "system".to_owned(),
            sharing: "system",
            content,
        }
    }

    fn list(&self) -> String {
        format!(
            "/servicesNS/{}/{}/{}",
            segment(&self.owner),
            segment(&self.app),
            self.collection
        )
    }

    fn path(&self) -> String {
        match self.collection {
            // Jobs have a place without a namespace.
            "search/jobs" => format!("/services/search/jobs/{}", segment(&self.name)),
            _ => format!("{}/{}", self.list(), segment(&self.name)),
        }
    }

    fn links(&self) -> [(&'static str, String); 4] {
        let path = self.path();
        [
            ("alternate", path.clone()),
            ("list", path.clone()),
            ("edit", path.clone()),
            ("remove", path),
        ]
    }

    fn acl(&self) -> Map<String, Json> {
        let everyone = json!({"read": ["*"], "write": ["admin"]});
        let acl = json!({
            "app": self.app,
            "owner": self.owner,
            "sharing": self.sharing,
            "can_change_perms": true,
            "can_list": true,
            "can_share_app": true,
            "can_share_global": true,
            "can_share_user": false,
            "can_write": true,
            "modifiable": true,
            "removable": true,
            "perms": everyone,
        });
        match acl {
            Json::Object(acl) => acl,
            _ => Map::new(),
        }
    }

    fn json(&self, host: &str) -> Json {
        let links: Map<String, Json> = self
            .links()
            .into_iter()
            .map(|(rel, path)| (rel.to_owned(), Json::String(path)))
            .collect();
        json!({
            "name": self.name,
            "id": format!("https://{host}{}", self.path()),
            "updated": clock::shown(clock::now()),
            "links": links,
            "author": self.owner,
            "acl": self.acl(),
            "content": self.content,
        })
    }

    fn xml(&self, host: &str, root: bool) -> String {
        let mut out = String::new();
        let spaces = if root {
            " xmlns=\"http://www.w3.org/2005/Atom\" xmlns:s=\"http://dev.splunk.com/ns/rest\""
        } else {
            ""
        };
        let updated = clock::shown(clock::now());
        let _ = write!(
            out,
            "<entry{spaces}><title>{}</title><id>https://{host}{}</id><updated>{updated}</updated>",
            escape(&self.name),
            escape(&self.path())
        );
        for (rel, path) in self.links() {
            let _ = write!(out, "<link href=\"{}\" rel=\"{rel}\"/>", escape(&path));
        }
        if root {
            let _ = write!(out, "<published>{updated}</published>");
        }
        let _ = write!(
            out,
            "<author><name>{}</name></author><content type=\"text/xml\">",
            escape(&self.owner)
        );
        let mut content = self.content.clone();
        content.insert("eai:acl".to_owned(), Json::Object(self.acl()));
        dictionary(&content, &mut out);
        out.push_str("</content></entry>");
        out
    }
}

/// A segment of a path, encoded. A slash of a name twice: clients decode links once before they follow them.
pub(crate) fn segment(name: &str) -> String {
    let encoded = utf8_percent_encode(name, SEGMENT).to_string();
    encoded.replace("%2F", "%252F")
}

fn dictionary(content: &Map<String, Json>, out: &mut String) {
    out.push_str("<s:dict>");
    for (name, value) in content {
        let _ = write!(out, "<s:key name=\"{}\">", escape(name));
        write_value(value, out);
        out.push_str("</s:key>");
    }
    out.push_str("</s:dict>");
}

fn write_value(value: &Json, out: &mut String) {
    match value {
        Json::Null => {}
        Json::Bool(truth) => out.push(if *truth { '1' } else { '0' }),
        Json::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Json::String(text) => out.push_str(&escape(text)),
        Json::Array(values) => {
            out.push_str("<s:list>");
            for value in values {
                out.push_str("<s:item>");
                write_value(value, out);
                out.push_str("</s:item>");
            }
            out.push_str("</s:list>");
        }
        Json::Object(content) => dictionary(content, out),
    }
}

/// How a client wants to see entries.
pub(crate) struct Shape<'a> {
    /// Whether in JSON; otherwise as Atom.
    pub(crate) json: bool,
    /// How clients name this server.
    pub(crate) host: &'a str,
    /// `count`, `offset`.
    pub(crate) params: &'a Params,
}

impl Shape<'_> {
    /// A feed. `title` is the last part of the collection's path.
    pub(crate) fn feed(&self, title: &str, path: &str, entries: &[Entry]) -> Reply {
        self.feed_with(200, title, path, entries)
    }

    /// A feed with another status.
    pub(crate) fn feed_with(
        &self,
        status: u16,
        title: &str,
        path: &str,
        entries: &[Entry],
    ) -> Reply {
        let total = entries.len();
        let offset = self.params.number("offset").unwrap_or(0);
        let offset = usize::try_from(offset).unwrap_or(0);
        let count = match self.params.number("count") {
            None => PAGE,
            Some(count) => match usize::try_from(count) {
                Ok(0) | Err(_) => usize::MAX,
                Ok(count) => count,
            },
        };
        let page: Vec<&Entry> = entries.iter().skip(offset).take(count).collect();
        let per_page = if count == usize::MAX { total } else { count };
        let (host, updated) = (self.host, clock::shown(clock::now()));
        if self.json {
            let entries: Vec<Json> = page.iter().map(|entry| entry.json(host)).collect();
            let feed = json!({
                "links": {},
                "origin": format!("https://{host}{path}"),
                "updated": updated,
                "generator": {"build": BUILD, "version": VERSION},
                "entry": entries,
                "paging": {"total": total, "perPage": per_page, "offset": offset},
                "messages": [],
            });
            return Reply::json(status, &feed);
        }
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let _ = write!(
            out,
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:s=\"http://dev.splunk.com/ns/rest\" xmlns:opensearch=\"http://a9.com/-/spec/opensearch/1.1/\"><title>{}</title><id>https://{host}{}</id><updated>{updated}</updated><generator build=\"{BUILD}\" version=\"{VERSION}\"/><author><name>Splunk</name></author><opensearch:totalResults>{total}</opensearch:totalResults><opensearch:itemsPerPage>{per_page}</opensearch:itemsPerPage><opensearch:startIndex>{offset}</opensearch:startIndex><s:messages/>",
            escape(title),
            escape(path)
        );
        for entry in page {
            out.push_str(&entry.xml(host, false));
        }
        out.push_str("</feed>\n");
        Reply::xml(status, out)
    }

    /// One entry that is no feed, in XML: a job.
    pub(crate) fn alone(&self, entry: &Entry) -> Reply {
        if self.json {
            return self.feed("jobs", "/services/search/jobs", std::slice::from_ref(entry));
        }
        let entry = entry.xml(self.host, true);
        Reply::xml(
            200,
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{entry}\n"),
        )
    }
}

/// Content out of names and values.
pub(crate) fn content(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(content) => content,
        _ => Map::new(),
    }
}
