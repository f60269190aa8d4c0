//! The apps that a content repository asks for: `apps` of its `contentctl.yml`, against those that were given.

use dryfire_content::{Repository, yaml};
use dryfire_diagnostic::{Diagnostic, codes};
use dryfire_knowledge::{Knowledge, Origin};

/// One note for each content repository that asks for apps which were not given.
pub(crate) fn missing(repository: &Repository, knowledge: &Knowledge) -> Vec<Diagnostic> {
    let given = |appid: &str| {
        let mut apps = knowledge.apps().iter();
        apps.any(|app| app.origin != Origin::Pack && &*app.name == appid)
    };
    let mut notes = Vec::new();
    for root in repository.roots.iter().filter(|root| root.repository) {
        let file = root.path.join("contentctl.yml");
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        let missing: Vec<String> = named(&text)
            .into_iter()
            .filter(|(appid, _)| !given(appid))
            .map(|(appid, version)| match version {
                Some(version) => format!("{appid} {version}"),
                None => appid,
            })
            .collect();
        if missing.is_empty() {
            continue;
        }
        let (count, are) = match missing.len() {
            1 => ("1 app".to_owned(), "was"),
            count => (format!("{count} apps"), "were"),
        };
        let message = format!(
            "{} asks for {count} that {are} not given: {}",
            file.display(),
            missing.join(", ")
        );
        notes.push(
            Diagnostic::note(&codes::dataset::APP_NOT_GIVEN, message)
                .because("fields come from the built-in pack alone, where it has them")
                .help("give the apps that production has with --app"),
        );
    }
    notes
}

/// The apps of a `contentctl.yml`, in order: id and version.
fn named(text: &str) -> Vec<(String, Option<String>)> {
    let document = yaml::parse(text);
    let apps = document.root.as_ref().and_then(|root| root.get("apps"));
    let apps = apps.map(|apps| match &apps.value {
        yaml::Value::Sequence(items) => items.as_slice(),
        _ => &[],
    });
    let text = |app: &yaml::Node, key: &str| {
        let text = app.get(key).and_then(yaml::Node::text);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let named = apps.unwrap_or_default().iter().filter_map(|app| {
        let name = text(app, "appid").or_else(|| text(app, "title"))?;
        Some((name, text(app, "version")))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn apps_of_a_repository() {
        let text = "app:\n  appid: own\napps:\n- uid: 1\n  title: One\n  appid: TA_one\n  version: 1.2\n- title: Two\n- uid: 3\n";
        let expected = [
            ("TA_one".to_owned(), Some("1.2".to_owned())),
            ("Two".to_owned(), None),
        ];
        assert_eq!(named(text), expected);
        assert!(named("apps:\n").is_empty());
        assert!(named("apps: [").is_empty());
    }
}
