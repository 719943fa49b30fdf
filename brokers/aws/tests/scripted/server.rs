//! A server in the place of AWS that does as it is told: requests fail, are late or are lost, and what is written takes a while to be
//! known.
use crate::{
    http::{self, Answer, Request},
    queues::Queues,
    topics,
};
use serde_json::{Map, Value};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{task::AbortHandle, time::sleep};

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Does {
    /// It is refused with that status and code.
    Fail(u16, &'static str),
    /// It is done, and answered that much later.
    AnswerLate(Duration),
    /// It is done that much later.
    ActLate(Duration),
    /// It is done, and its answer is lost.
    Lose,
}

/// A request, as it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) action: String,
    pub(crate) told: Value,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) queues: Queues,
    pub(crate) topics: topics::Topics,
    script: Vec<(&'static str, Does, usize)>,
    log: Vec<Asked>,
    under_way: usize,
    most: usize,
}

#[derive(Clone)]
pub(crate) struct Server {
    state: Arc<Mutex<State>>,
    port: u16,
    _task: Arc<Task>,
}

struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Server {
    pub(crate) async fn open() -> io::Result<Self> {
        let state = Arc::<Mutex<State>>::default();
        let told = state.clone();
        let (port, task) = http::serve(move |request| answer(told.clone(), request)).await?;
        let task = Arc::new(Task(task));
        Ok(Self {
            state,
            port,
            _task: task,
        })
    }

    /// Where it is, as an address of that service.
    pub(crate) fn url(&self, service: &str) -> String {
        let port = self.port;
        format!("{service}://tests:secret@127.0.0.1:{port}?region=here")
    }

    /// Has the next so many requests of an action end so.
    pub(crate) fn script(&self, action: &'static str, does: Does, times: usize) {
        self.state().script.push((action, does, times));
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The requests of an action so far.
    pub(crate) fn asked(&self, action: &str) -> Vec<Asked> {
        let state = self.state();
        let all = state.log.iter().filter(|asked| asked.action == action);
        all.cloned().collect()
    }

    /// Forgets what was asked.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.log.clear();
        state.most = 0;
    }

    /// How many requests but those that wait for messages were under way at once, at most.
    pub(crate) fn most(&self) -> usize {
        self.state().most
    }
}

pub(crate) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(state: Arc<Mutex<State>>, request: Request) -> Answer {
    let (action, told) = read(&request);
    let counts = action != "ReceiveMessage";
    let does = {
        let mut state = lock(&state);
        state.log.push(Asked {
            action: action.clone(),
            told: told.clone(),
        });
        state.under_way += usize::from(counts);
        state.most = state.most.max(state.under_way);
        state.next(&action)
    };
    if let Some(Does::ActLate(time)) = does {
        sleep(time).await;
    }
    let is_queues = request.target.is_some();
    let outcome = match does {
        Some(Does::Fail(status, code)) => Err((status, code)),
        _ if is_queues => crate::queues::act(&state, &action, &told).await,
        _ => topics::act(&state, &action, &told),
    };
    if let Some(Does::AnswerLate(time)) = does {
        sleep(time).await;
    }
    lock(&state).under_way -= usize::from(counts);
    if let Some(Does::Lose) = does {
        return None;
    }
    Some(match (outcome, is_queues) {
        (Ok(said), _) => (200, said),
        (Err((status, code)), true) => (
            status,
            format!(r#"{{"__type":"aws#{code}","message":"told so"}}"#),
        ),
        (Err((status, code)), false) => (
            status,
            format!(
                "<ErrorResponse><Error><Code>{code}</Code><Message>told so</Message></Error></ErrorResponse>"
            ),
        ),
    })
}

impl State {
    fn next(&mut self, action: &str) -> Option<Does> {
        let mut all = self.script.iter_mut();
        let (_, does, times) = all.find(|(of, _, times)| *of == action && *times > 0)?;
        *times -= 1;
        Some(*does)
    }
}

/// What is asked, by its name and its parameters: JSON of queues, a form of topics.
fn read(request: &Request) -> (String, Value) {
    if let Some(target) = &request.target {
        let action = target.rsplit('.').next().unwrap_or_default();
        let told = serde_json::from_slice(&request.body).unwrap_or_default();
        return (action.to_owned(), told);
    }
    let fields = url::form_urlencoded::parse(&request.body);
    let fields: Map<String, Value> = fields
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect();
    let action = fields.get("Action").and_then(Value::as_str);
    (action.unwrap_or_default().to_owned(), Value::Object(fields))
}
