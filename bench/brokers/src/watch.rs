//! What a run took: time, the process's CPU time, and how long was waited for each answer.
use rustix::time::{ClockId, clock_gettime};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// Begun when the first message is through.
#[derive(Debug)]
pub(crate) struct Watch {
    begun: Instant,
    cpu: Duration,
}

/// What is printed, its fields in this order.
#[derive(Debug)]
pub(crate) struct Figures {
    /// Messages a second.
    rate: f64,
    /// CPU time of a message, in microseconds, and so the rest.
    cpu: f64,
    p50: f64,
    p99: f64,
}

impl Watch {
    pub(crate) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            cpu: cpu(),
        }
    }

    /// So many messages later.
    pub(crate) fn stop(&self, messages: usize, mut waits: Vec<Duration>) -> Figures {
        let (took, cpu) = (self.begun.elapsed(), cpu().saturating_sub(self.cpu));
        waits.sort_unstable();
        let percentile = |of: usize| waits.get(waits.len() * of / 100);
        let percentile = |of| percentile(of).map_or(0.0, |wait| wait.as_secs_f64() * 1e6);
        let messages = u32::try_from(messages).map_or(f64::INFINITY, f64::from);
        Figures {
            rate: messages / took.as_secs_f64(),
            cpu: cpu.as_secs_f64() * 1e6 / messages,
            p50: percentile(50),
            p99: percentile(99),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rate,
            cpu,
            p50,
            p99,
        } = self;
        write!(f, "{rate:.0} {cpu:.2} {p50:.0} {p99:.0}")
    }
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
