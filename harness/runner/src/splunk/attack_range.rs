//! Reads the configuration of an Attack Range: where its Splunk is and what its password is.
//!
//! Three layouts are known: the old `attack_range.conf` (INI), `attack_range.yml` with a `splunk_server` block, and the newer one
//! with a list of machines under `attack_range`. Only a Splunk that was brought along has its address in the file; that of a
//! built one stands in Terraform's state, which is looked for beside the configuration.

use std::path::Path;

use dryfire_content::yaml::{self, Node};
use dryfire_splunk::{Error, Result, Secret};
use serde_json::Value;

/// What a configuration tells.
pub(super) struct Range {
    /// The Splunk's host, where it is told.
    pub(super) host: Option<String>,
    /// The password of `admin`.
    pub(super) password: Secret,
}

/// Reads a configuration.
///
/// # Errors
/// `Settings` where it can't be read or holds no password.
pub(super) fn read(path: &Path) -> Result<Range> {
    let wrong = |why: &str| {
        Error::Settings(format!(
            "the Attack Range configuration `{}` {why}",
            path.display()
        ))
    };
    let text =
        std::fs::read_to_string(path).map_err(|error| wrong(&format!("can't be read: {error}")))?;
    let found = if is_ini(&text) {
        (ini(&text, "attack_range_password"), brought_ini(&text))
    } else {
        let document = yaml::parse(&text);
        let root = document.root.ok_or_else(|| wrong("is not valid YAML"))?;
        (
            text_at(&root, &["general", "attack_range_password"]),
            brought(&root),
        )
    };
    let (password, host) = found;
    let password = password
        .filter(|password| !password.is_empty())
        .ok_or_else(|| wrong("holds no `attack_range_password`"))?;
    Ok(Range {
        host: host.or_else(|| built(path)),
        password: Secret::new(password),
    })
}

fn is_ini(text: &str) -> bool {
    let first = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    first.is_some_and(|line| line.starts_with('[') && line.ends_with(']'))
}

/// A setting of the INI form, whatever its section: names do not repeat there.
fn ini(text: &str, key: &str) -> Option<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with(['#', ';']))
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim().trim_matches('"').to_owned())
}

fn brought_ini(text: &str) -> Option<String> {
    let is_on = ini(text, "byo_splunk").is_some_and(|on| on == "1");
    ini(text, "byo_splunk_ip").filter(|host| is_on && !host.is_empty())
}

fn text_at(node: &Node, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(node, |node, key| node.get(key))?;
    Some(found.text()?.to_owned())
}

/// The address of a Splunk that was brought along.
fn brought(root: &Node) -> Option<String> {
    let set = |path: &[&str]| text_at(root, path).filter(|text| !text.is_empty());
    let is_on = set(&["splunk_server", "byo_splunk"])
        .is_some_and(|on| matches!(on.as_str(), "1" | "true" | "True"));
    is_on
        .then(|| set(&["splunk_server", "byo_splunk_ip"]))
        .flatten()
        .or_else(|| set(&["general", "splunk_ip"]))
}

/// The address of a built Splunk, from Terraform's state beside the configuration.
fn built(path: &Path) -> Option<String> {
    let beside = path.parent()?;
    let folders = [
        beside.to_path_buf(),
        beside.join("terraform"),
        beside.join("../terraform"),
    ];
    for folder in folders {
        for below in ["", "aws", "azure", "gcp"] {
            let file = folder.join(below).join("terraform.tfstate");
            let state = std::fs::read_to_string(file).ok();
            let state: Option<Value> = state.and_then(|text| serde_json::from_str(&text).ok());
            if let Some(host) = state.as_ref().and_then(in_state) {
                return Some(host);
            }
        }
    }
    None
}

/// The public address of the first resource that is called after Splunk.
fn in_state(state: &Value) -> Option<String> {
    let resources = state["resources"].as_array()?;
    let named = resources.iter().filter(|resource| {
        let name = resource["name"].as_str().unwrap_or_default();
        name.contains("splunk") && !name.contains("phantom")
    });
    named
        .flat_map(|resource| resource["instances"].as_array().into_iter().flatten())
        .find_map(|instance| {
            ["public_ip", "ip_address"].into_iter().find_map(|key| {
                let host = instance["attributes"][key].as_str()?;
                (!host.is_empty()).then(|| host.to_owned())
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, text: &str, state: Option<&str>, host: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        std::fs::write(&path, text).unwrap();
        if let Some(state) = state {
            std::fs::create_dir_all(folder.path().join("terraform/aws")).unwrap();
            std::fs::write(folder.path().join("terraform/aws/terraform.tfstate"), state).unwrap();
        }
        let range = read(&path).unwrap();
        assert_eq!(range.host.as_deref(), host, "{text}");
        assert_eq!(range.password.expose(), "s3cret", "{text}");
    }

    #[test]
    fn each_layout_gives_the_password_and_the_address_where_it_is_told() {
        check(
            "attack_range.conf",
            "[global]\n# all machines\nattack_range_password = s3cret\ncloud_provider = aws\n",
            None,
            None,
        );
        check(
            "attack_range.conf",
            "[global]\nattack_range_password = s3cret\n[splunk]\nbyo_splunk = 1\nbyo_splunk_ip = 10.0.0.5\n",
            None,
            Some("10.0.0.5"),
        );
        check(
            "attack_range.yml",
            "general:\n  attack_range_password: s3cret\n  cloud_provider: aws\nsplunk_server:\n  byo_splunk: '1'\n  byo_splunk_ip: splunk.lab\n",
            None,
            Some("splunk.lab"),
        );
        check(
            "attack_range.yml",
            "general:\n  attack_range_password: s3cret\nsplunk_server:\n  byo_splunk: '0'\n  byo_splunk_ip: ''\n",
            Some(
                r#"{"resources":[{"name":"windows_server","instances":[{"attributes":{"public_ip":"9.9.9.9"}}]},{"name":"splunk-server","instances":[{"attributes":{"public_ip":"5.6.7.8"}}]}]}"#,
            ),
            Some("5.6.7.8"),
        );
        check(
            "0b1c.yml",
            "general:\n  attack_range_id: 0b1c\n  attack_range_password: s3cret\nattack_range:\n- name: splunk\n- name: windows\n",
            None,
            None,
        );
    }

    #[test]
    fn a_configuration_without_a_password_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yml");
        std::fs::write(&path, "general: {}\n").unwrap();
        let Err(error) = read(&path) else {
            panic!("no password")
        };
        assert!(
            error.to_string().contains("attack_range_password"),
            "{error}"
        );
    }
}
