//! From `[targets.NAME]` and the environment to a server: addresses, the way in, what is allowed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dryfire_content::{Environment as Said, SendAs, TargetSettings, Timeouts, Way};
use dryfire_splunk::{
    Client, Environment, Error, Lab, Login, Patience, Policy, Result, Secret, Server, Trust,
};
use url::Url;

use super::attack_range;
use super::send::Form;

/// The environment's variables: their values by name.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The management port where an address names none.
const MANAGEMENT_PORT: u16 = 8089;
/// The collector's port where nothing is said.
const COLLECTOR_PORT: u16 = 8088;

/// A target as it was set up, with the secrets of the environment.
pub struct Connection {
    settings: TargetSettings,
    server: Server,
    /// A token of the collector, where the environment holds one.
    pub token: Option<Secret>,
}

impl Connection {
    /// Reads what is set up. Nothing is sent.
    ///
    /// # Errors
    /// `Settings` with what is missing and where to set it.
    pub fn new(settings: &TargetSettings, variables: Variables<'_>) -> Result<Self> {
        let name = &settings.name.value;
        let secret = |what: &str| {
            let found = variables(&variable(name, what)).filter(|value| !value.is_empty());
            found.map(Secret::new)
        };
        let range = match &settings.attack_range {
            Some(path) => Some(attack_range::read(&path.value)?),
            None => None,
        };
        let management = match (&settings.url, range.as_ref().map(|range| &range.host)) {
            (Some(url), _) => address(&url.value, "url", name)?,
            (None, Some(Some(host))) => {
                address(&format!("https://{host}:{MANAGEMENT_PORT}"), "url", name)?
            }
            (None, Some(None)) => {
                return Err(Error::Settings(format!(
                    "the Attack Range configuration does not say where its Splunk is: set `url` of the target `{name}` to https://ADDRESS:8089, as `attack_range.py show` tells it"
                )));
            }
            (None, None) => {
                return Err(Error::Settings(format!(
                    "the target `{name}` has no `url`: set it to the management address, such as https://splunk.example:8089"
                )));
            }
        };
        let collector = match &settings.hec_url {
            Some(url) => address(&url.value, "hec_url", name)?,
            None => {
                let mut url = management.clone();
                // An address without a host was refused above.
                let _ = url.set_port(Some(COLLECTOR_PORT));
                url
            }
        };
        let user = variables(&variable(name, "USER"))
            .or_else(|| settings.user.clone())
            .unwrap_or_else(|| "admin".to_owned());
        let password = secret("PASSWORD").or(range.map(|range| range.password));
        let missing = |what: &str| {
            Error::Settings(format!(
                "the target `{name}` needs a secret: set {} in the environment",
                variable(name, what)
            ))
        };
        let login = match settings.way {
            Way::Token => Login::Bearer(secret("TOKEN").ok_or_else(|| missing("TOKEN"))?),
            Way::Basic => Login::Basic {
                user,
                password: password.ok_or_else(|| missing("PASSWORD"))?,
            },
            Way::Session => Login::Session {
                user,
                password: password.ok_or_else(|| missing("PASSWORD"))?,
            },
        };
        let trust = match (&settings.ca_file, settings.insecure) {
            (_, true) => Trust::Anything,
            (Some(path), false) => Trust::Also(std::fs::read(&path.value).map_err(|error| {
                Error::Settings(format!(
                    "the CA file `{}` of the target `{name}` can't be read: {error}",
                    path.value.display()
                ))
            })?),
            (None, false) => Trust::System,
        };
        Ok(Self {
            settings: settings.clone(),
            server: Server {
                management,
                collector: Some(collector),
                login,
                trust,
                patience: patience(settings.timeouts),
            },
            token: secret("HEC_TOKEN"),
        })
    }

    /// What users call it.
    pub fn name(&self) -> &str {
        &self.settings.name.value
    }

    /// What was set up.
    pub fn settings(&self) -> &TargetSettings {
        &self.settings
    }

    /// What may be done there.
    pub fn policy(&self) -> Policy {
        Policy {
            environment: match self.settings.environment {
                Said::Lab => Environment::Lab,
                Said::Prod => Environment::Prod,
            },
            indexes: self.settings.indexes.clone(),
        }
    }

    /// For reads.
    ///
    /// # Errors
    /// Settings that can't work.
    pub fn client(self) -> Result<Client> {
        Client::new(self.server)
    }

    /// For changes.
    ///
    /// # Errors
    /// `Protected` where the target is prod; settings that can't work; another run keeps the journal.
    pub fn lab(self, variables: Variables<'_>) -> Result<Lab> {
        let (policy, journal) = (self.policy(), self.journal(variables));
        Lab::open(Client::new(self.server)?, policy, &journal)
    }

    /// Where changes are written down: by target and server, in the user's folder for such things.
    fn journal(&self, variables: Variables<'_>) -> PathBuf {
        if let Some(path) = &self.settings.journal {
            return path.clone();
        }
        let folder = variables("XDG_STATE_HOME")
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from)
            .or_else(|| {
                variables("HOME")
                    .or_else(|| variables("USERPROFILE"))
                    .map(|home| Path::new(&home).join(".local/state"))
            })
            .unwrap_or_else(std::env::temp_dir);
        let url = &self.server.management;
        let file = format!(
            "{}-{}-{}.jsonl",
            plain(self.name()),
            plain(url.host_str().unwrap_or_default()),
            url.port_or_known_default().unwrap_or_default()
        );
        folder.join("dryfire").join(file)
    }

    /// How events of a sourcetype are sent.
    pub fn forms(&self) -> Forms {
        Forms {
            usual: match self.settings.send_as {
                SendAs::Events => Form::Events,
                SendAs::Raw => Form::Raw,
            },
            raw: self.settings.raw_sourcetypes.clone(),
        }
    }
}

/// How events are sent, by sourcetype.
#[derive(Debug, Clone, Default)]
pub struct Forms {
    /// In general.
    pub usual: Form,
    /// Sourcetypes that go as raw text.
    pub raw: Vec<String>,
}

impl Forms {
    /// The form for a sourcetype.
    pub fn of(&self, sourcetype: &str) -> Form {
        if self.raw.iter().any(|name| name == sourcetype) {
            Form::Raw
        } else {
            self.usual
        }
    }
}

/// The variable of the environment that holds a secret of a target.
pub fn variable(target: &str, what: &str) -> String {
    let name: String = target
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    format!("DRYFIRE_{name}_{what}")
}

fn patience(said: Timeouts) -> Patience {
    let usual = Patience::default();
    let or = |said: Option<u64>, usual: Duration| said.map_or(usual, Duration::from_secs);
    Patience {
        connect: or(said.connect, usual.connect),
        read: or(said.read, usual.read),
        search: or(said.search, usual.search),
        acknowledge: or(said.acknowledge, usual.acknowledge),
        settle: or(said.settle, usual.settle),
        ..usual
    }
}

fn address(text: &str, key: &str, target: &str) -> Result<Url> {
    let wrong = |why: String| {
        Error::Settings(format!(
            "`{key}` of the target `{target}` is no address: {why}. One is https://splunk.example:8089"
        ))
    };
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
        return Err(wrong("it begins with https:// and names a host".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "it holds a user or password, which belong in the environment".to_owned(),
        ));
    }
    Ok(url)
}

fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_names_that_a_shell_can_set() {
        assert_eq!(
            variable("my-lab.2", "PASSWORD"),
            "DRYFIRE_MY_LAB_2_PASSWORD"
        );
    }
}
