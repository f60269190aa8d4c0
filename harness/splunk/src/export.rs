//! A search whose rows arrive while it runs, without a job to page through.

use serde::Deserialize;

use crate::call::Repeat;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::jobs::Search;
use crate::reply::{Message, Row, check, weight};
use crate::transport::{reason, too_heavy};

/// A line of an export.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    preview: bool,
    #[serde(default)]
    lastrow: bool,
    result: Option<Row>,
    #[serde(default)]
    messages: Vec<Message>,
}

/// Most bytes of a line: one row.
const LONGEST_LINE: usize = 64 << 20;

impl Client {
    /// Runs a search and hands over each row as it arrives; previews are left out. Memory holds one row.
    ///
    /// # Errors
    /// As any request; `Broken` where the rows end before the server has said that there are no more.
    pub async fn export(
        &self,
        search: &Search,
        mut row: impl FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        let path = format!("{}/export", self.jobs(search.namespace.as_ref()).await?);
        let text = search.with_command();
        let form: Vec<(&str, &str)> = [("search", text.as_str())]
            .into_iter()
            .chain(search.times())
            .collect();
        let mut call = self.writing(&path, &form, Repeat::Unless);
        call.authorization = self.authorization(None).await?;
        let silence = self.server.patience.search;
        let mut response = self.transport.stream(&call, silence).await?;
        if !response.status().is_success() {
            let answer = self.transport.rest(&call, response, silence).await?;
            return check(&call, &answer);
        }
        let broken = |why: String| Error::Broken {
            address: self.address(),
            what: call.what.clone(),
            why,
        };
        let mut held: Vec<u8> = Vec::new();
        let mut ended = false;
        loop {
            let chunk = tokio::time::timeout(silence, response.chunk())
                .await
                .map_err(|_| Error::TimedOut {
                    what: call.what.clone(),
                    seconds: silence.as_secs(),
                })?
                .map_err(|error| broken(reason(&error)))?;
            let Some(chunk) = chunk else { break };
            held.extend_from_slice(&chunk);
            let whole = held
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |end| end + 1);
            for line in held[..whole]
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
            {
                if weight(line) > self.server.patience.largest_held {
                    return Err(too_heavy("a row".to_owned(), &self.server.patience));
                }
                let line: Line = serde_json::from_slice(line)
                    .map_err(|error| broken(format!("a line is no JSON: {error}")))?;
                if let Some(said) = line.messages.iter().find(|said| said.is_error()) {
                    return Err(Error::SearchFailed {
                        address: self.address(),
                        sid: "export".to_owned(),
                        detail: said.text.clone(),
                    });
                }
                ended |= line.lastrow;
                match line.result {
                    Some(found) if !line.preview => row(found)?,
                    _ => {}
                }
            }
            held.drain(..whole);
            if held.len() > LONGEST_LINE {
                return Err(Error::TooLarge {
                    what: call.what.clone(),
                    limit: LONGEST_LINE,
                });
            }
        }
        if ended {
            Ok(())
        } else {
            Err(broken("the rows end before the last".to_owned()))
        }
    }
}
