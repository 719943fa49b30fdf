//! Health and metrics over HTTP/1, for programs on the same machine unless told otherwise.
use crate::{Failure, health::Health};
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{interval, sleep, timeout},
};

/// Most connections at a time; who comes while there are as many waits.
const CONNECTIONS: usize = 64;

/// How long a connection may last, and how long until it says what it wants.
const LONGEST: Duration = Duration::from_secs(60);
const HEADERS: Duration = Duration::from_secs(5);

/// How long to wait after a connection that could not be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// How often the recorder cleans up behind itself.
const UPKEEP: Duration = Duration::from_secs(5);

/// What is answered, and from what.
pub(crate) struct Endpoint {
    listener: TcpListener,
    answers: Arc<Answers>,
}

struct Answers {
    health: Arc<Health>,
    /// None where the program has a recorder of its own.
    metrics: Option<PrometheusHandle>,
}

impl Endpoint {
    /// Listens there; metrics are recorded from now on.
    pub(crate) async fn new(address: SocketAddr, health: Arc<Health>) -> Result<Self, Failure> {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            let mend = "`http.listen` is `off` or another address";
            Failure::Configured(format!(
                "nothing can listen on `{address}`: {error}; {mend}"
            ))
        })?;
        let address = listener.local_addr().unwrap_or(address);
        tracing::info!("health and metrics are at http://{address}");
        let recorder = PrometheusBuilder::new().build_recorder();
        let metrics = recorder.handle();
        let is_ours = metrics::set_global_recorder(recorder).is_ok();
        let metrics = is_ours.then_some(metrics);
        let answers = Arc::new(Answers { health, metrics });
        Ok(Self { listener, answers })
    }

    /// Answers for ever. Dropped, it ends all connections.
    pub(crate) async fn run(self) -> Infallible {
        let mut connections = JoinSet::new();
        let mut upkeep = interval(UPKEEP);
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if connections.len() < CONNECTIONS => {
                    match accepted {
                        Ok((stream, _)) => drop(connections.spawn(serve(stream, self.answers.clone()))),
                        // One that is gone again, or too many files, as which it fails at once until some are closed.
                        Err(_) => sleep(PAUSE).await,
                    }
                }
                Some(_) = connections.join_next() => {}
                _ = upkeep.tick() => {
                    if let Some(metrics) = &self.answers.metrics {
                        metrics.run_upkeep();
                    }
                }
            }
        }
    }
}

async fn serve(stream: TcpStream, answers: Arc<Answers>) {
    let service = service_fn(|request| {
        let answer = answers.answer(&request);
        async { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    // Whoever asked is gone, or did not speak HTTP.
    drop(timeout(LONGEST, connection).await);
}

impl Answers {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return text(
                StatusCode::METHOD_NOT_ALLOWED,
                "there is only GET".to_owned(),
            );
        }
        match request.uri().path() {
            "/live" => text(StatusCode::OK, "alive".to_owned()),
            "/ready" => match self.health.ready() {
                Ok(does) => text(StatusCode::OK, does),
                Err(why) => text(StatusCode::SERVICE_UNAVAILABLE, why),
            },
            "/metrics" => match &self.metrics {
                Some(metrics) => text(StatusCode::OK, metrics.render()),
                None => text(
                    StatusCode::NOT_FOUND,
                    "metrics go to a recorder of the program's own".to_owned(),
                ),
            },
            _ => text(
                StatusCode::NOT_FOUND,
                "there are /live, /ready and /metrics".to_owned(),
            ),
        }
    }
}

/// The media type is that of metrics, too.
fn text(status: StatusCode, mut text: String) -> Response<Full<Bytes>> {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
