//! Links by [toxiproxy](https://github.com/Shopify/toxiproxy), which is told by HTTP what is to fail.
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};
use tidings::BoxError;

/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// One of its proxies, which goes with this.
#[derive(Debug)]
pub(crate) struct Toxiproxy {
    api: String,
    name: &'static str,
    pub(crate) address: String,
}

impl Toxiproxy {
    /// A proxy of that name, in place of one that was left behind: at that address, which may leave the port open, to that one.
    pub(crate) async fn open(
        api: &str,
        name: &'static str,
        listen: &str,
        upstream: &str,
    ) -> Result<Self, BoxError> {
        let api = api.trim_start_matches("http://").to_owned();
        drop(ask(&api, "DELETE", &format!("/proxies/{name}"), None).await);
        let wanted = json!({ "name": name, "listen": listen, "upstream": upstream });
        let made = ask(&api, "POST", "/proxies", Some(wanted)).await?;
        let address = made["listen"].as_str().ok_or("no address is told")?;
        let address = address.to_owned();
        Ok(Self { api, name, address })
    }

    /// Ends all connections, and lets others be made or not.
    pub(crate) async fn enable(&self, enabled: bool) -> Result<(), BoxError> {
        let path = format!("/proxies/{}", self.name);
        let wanted = json!({ "enabled": enabled });
        ask(&self.api, "POST", &path, Some(wanted)).await.map(drop)
    }

    /// Adds a toxic of that kind to what is sent that way, `upstream` or `downstream`.
    pub(crate) async fn add(
        &self,
        kind: &str,
        way: &str,
        attributes: Value,
    ) -> Result<(), BoxError> {
        let path = format!("/proxies/{}/toxics", self.name);
        let name = format!("{kind}-{way}");
        let toxic = json!({ "name": name, "type": kind, "stream": way, "attributes": attributes });
        ask(&self.api, "POST", &path, Some(toxic)).await.map(drop)
    }

    pub(crate) async fn remove(&self, kind: &str, way: &str) -> Result<(), BoxError> {
        let path = format!("/proxies/{}/toxics/{kind}-{way}", self.name);
        ask(&self.api, "DELETE", &path, None).await.map(drop)
    }
}

impl Drop for Toxiproxy {
    fn drop(&mut self) {
        drop(request(
            &self.api,
            "DELETE",
            &format!("/proxies/{}", self.name),
            None,
        ));
    }
}

async fn ask(
    api: &str,
    method: &'static str,
    path: &str,
    body: Option<Value>,
) -> Result<Value, BoxError> {
    let (api, path) = (api.to_owned(), path.to_owned());
    tokio::task::spawn_blocking(move || request(&api, method, &path, body)).await?
}

/// One request of HTTP/1.0, on a connection of its own, so that the answer ends with it.
fn request(api: &str, method: &str, path: &str, body: Option<Value>) -> Result<Value, BoxError> {
    let body = body.map_or_else(String::new, |body| body.to_string());
    let length = body.len();
    let mut stream = TcpStream::connect(api)?;
    stream.set_read_timeout(Some(ANSWER))?;
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {api}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    match status.starts_with('2') {
        true => Ok(serde_json::from_str(body).unwrap_or_default()),
        false => Err(format!("toxiproxy: {method} {path}: {status} {body}").into()),
    }
}
