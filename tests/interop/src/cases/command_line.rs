//! What the guide says to do by a command line.
use crate::{Outcome, Peer, Shop, guide};
use std::{
    process::{Command, Output},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long the last command may be tried again.
const PATIENCE: Duration = Duration::from_secs(20);
/// The order that the guide speaks of.
const ORDER: &str = "O-000042";

/// The command lines of the guide, with those words in place of others: they cancel an order of our service, and the last one
/// shows the event of that.
///
/// # Errors
/// When one fails.
pub async fn the_guides_command_lines_work(peer: Peer, places: &[(&str, String)]) -> Outcome {
    let order = fresh()?;
    let lines = guide::commands(peer.broker.guide, "From a command line");
    let lines = lines.iter().map(|line| {
        let line = line.replace(ORDER, &order);
        places
            .iter()
            .fold(line, |line, (from, to)| line.replace(from, to))
    });
    let lines: Vec<_> = lines.collect();
    let (show, lines) = lines.split_last().ok_or("the guide has no command lines")?;

    let mut shop = Shop::open(&peer).await?;
    for line in lines {
        shell(line)?;
    }
    while !shop
        .saw_any()
        .await?
        .body
        .windows(order.len())
        .any(|text| text == order.as_bytes())
    {}
    let begun = Instant::now();
    loop {
        let output = shell(show)?;
        let shown = String::from_utf8_lossy(&output.stdout);
        if shown.contains(&order) && shown.contains("OrderCancelled") {
            break;
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("`{show}` shows no event of {order}: {shown}").into());
        }
    }
    shop.close().await
}

/// An order that no earlier run was about.
fn fresh() -> Outcome<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(format!("O-{:06}", now.as_secs() % 1_000_000))
}

fn shell(line: &str) -> Outcome<Output> {
    let output = Command::new("sh").args(["-c", line]).output()?;
    match output.status.success() {
        true => Ok(output),
        false => {
            let why = String::from_utf8_lossy(&output.stderr);
            Err(format!("`{line}` failed: {why}").into())
        }
    }
}
