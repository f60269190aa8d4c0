//! The REST interface: who we are, and requests in that name.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, OnceCell};
use url::Url;

use crate::call::{Authorization, Call, Repeat, address};
use crate::error::{Error, Result};
use crate::info::Info;
use crate::reply::{self, Feed};
use crate::secret::Secret;
use crate::server::{Login, Patience, Server};
use crate::transport::{Answer, Transport};

/// A Splunk's REST interface, in the name of one user.
pub struct Client {
    pub(crate) server: Server,
    pub(crate) transport: Transport,
    session: Mutex<Option<Secret>>,
    info: OnceCell<Info>,
}

impl Client {
    /// A client. Nothing is sent yet.
    ///
    /// # Errors
    /// Settings that can't work, such as a CA file without a certificate.
    pub fn new(server: Server) -> Result<Self> {
        if !matches!(server.management.scheme(), "https" | "http") {
            return Err(Error::Settings(format!(
                "`{}` is not an address: it begins with https:// as in https://splunk.example:8089",
                server.management
            )));
        }
        Ok(Self {
            transport: Transport::new(&server)?,
            server,
            session: Mutex::new(None),
            info: OnceCell::new(),
        })
    }

    /// Scheme, host and port of the management interface: what reports show.
    pub fn address(&self) -> String {
        address(&self.server.management)
    }

    /// How long this client waits.
    pub fn patience(&self) -> Patience {
        self.server.patience
    }

    /// What the server is. Asked once.
    ///
    /// # Errors
    /// The server can't be reached, refuses the login, or is no Splunk.
    pub async fn info(&self) -> Result<&Info> {
        self.info
            .get_or_try_init(|| async {
                let feed: Feed = self.get("/services/server/info", &[]).await?;
                Info::read(&feed).ok_or_else(|| Error::NotSplunk {
                    address: self.address(),
                    what: "GET /services/server/info".to_owned(),
                    why: "it names no version".to_owned(),
                })
            })
            .await
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.server.management.clone();
        url.set_path(path);
        url.set_query(None);
        url
    }

    /// Reads.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T> {
        let call = self.reading(path, query);
        let answer = self.ask(&call).await?;
        reply::read(&call, &answer)
    }

    pub(crate) fn reading(&self, path: &str, query: &[(&str, &str)]) -> Call {
        let mut url = self.url(path);
        url.query_pairs_mut()
            .append_pair("output_mode", "json")
            .extend_pairs(query);
        Call::get(url)
    }

    /// Writes a form.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &[(&str, &str)],
        repeat: Repeat,
    ) -> Result<T> {
        let call = self.writing(path, form, repeat);
        let answer = self.ask(&call).await?;
        reply::read(&call, &answer)
    }

    pub(crate) fn writing(&self, path: &str, form: &[(&str, &str)], repeat: Repeat) -> Call {
        let form: Vec<(&str, &str)> = [("output_mode", "json")]
            .into_iter()
            .chain(form.iter().copied())
            .collect();
        Call::form(self.url(path), &form, repeat)
    }

    /// Removes a thing. That it is gone already is no error.
    pub(crate) async fn delete(&self, path: &str) -> Result<()> {
        let call = Call::new(reqwest::Method::DELETE, self.url(path), Repeat::Safe);
        let answer = self.ask(&call).await?;
        match reply::check(&call, &answer) {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Asks in our name.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Answer> {
        self.ask_within(call, self.server.patience.read).await
    }

    /// The same for an answer that may be silent for so long.
    pub(crate) async fn ask_within(&self, call: &Call, silence: Duration) -> Result<Answer> {
        let key = self.authorization(None).await?;
        let named = Call {
            authorization: key.clone(),
            ..call.clone()
        };
        let answer = self.transport.send_within(&named, silence).await?;
        let Authorization::Splunk(expired) = key else {
            return Ok(answer);
        };
        if answer.status != reqwest::StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        // The session has expired, and what was asked was not done: log in once more and ask again.
        let renewed = Call {
            authorization: self.authorization(Some(&expired)).await?,
            ..call.clone()
        };
        self.transport.send_within(&renewed, silence).await
    }

    /// How a request says who asks. `expired` is a session key that no longer holds.
    pub(crate) async fn authorization(&self, expired: Option<&Secret>) -> Result<Authorization> {
        match &self.server.login {
            Login::Bearer(token) => Ok(Authorization::Bearer(token.clone())),
            Login::Basic { user, password } => {
                Ok(Authorization::Basic(user.clone(), password.clone()))
            }
            Login::Session { user, password } => {
                // Held while logging in: several tasks that find the key expired log in once.
                let mut session = self.session.lock().await;
                let key = match session.take() {
                    Some(key) if Some(&key) != expired => key,
                    _ => self.log_in(user, password).await?,
                };
                *session = Some(key.clone());
                Ok(Authorization::Splunk(key))
            }
        }
    }

    async fn log_in(&self, user: &str, password: &Secret) -> Result<Secret> {
        #[derive(Deserialize)]
        struct LoggedIn {
            #[serde(rename = "sessionKey")]
            session_key: String,
        }
        let form = [("username", user), ("password", password.expose())];
        let call = self.writing("/services/auth/login", &form, Repeat::Safe);
        let answer = self.transport.send(&call).await?;
        let logged_in: LoggedIn = reply::read(&call, &answer)?;
        Ok(Secret::new(logged_in.session_key))
    }
}
