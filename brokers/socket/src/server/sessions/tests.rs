//! Who may go on with a session, and when one is forgotten.
use super::*;
use crate::server::session::Bounds;
use tidings::Memory;

const KEEP: Duration = Duration::from_secs(2);

async fn enter(sessions: &Arc<Sessions>, id: Uuid, received: Option<u64>) -> (Place, Option<u64>) {
    let bounds = Bounds {
        linger: KEEP,
        waiting_bytes: usize::MAX,
    };
    let make = || Session::new(Memory::new(), bounds, sessions.waiting.clone());
    sessions.enter(id, received, KEEP, make).await
}

#[tokio::test]
async fn whoever_comes_back_goes_on_once_its_ghost_has_gone() {
    let sessions = Arc::new(Sessions::default());
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    let (ghost, received) = enter(&sessions, one, None).await;
    assert_eq!(received, None);
    let _stranger = enter(&sessions, other, None).await;
    let back = tokio::spawn({
        let sessions = sessions.clone();
        async move { enter(&sessions, one, Some(0)).await }
    });
    ghost.replaced().await;
    assert!(!back.is_finished());
    drop(ghost);
    let (_back, received) = back.await.unwrap();
    assert_eq!(received, Some(0));
    assert_eq!(sessions.lock().len(), 2);
}

#[tokio::test]
async fn a_session_begins_anew_for_who_says_so_or_what_cannot_be() {
    let sessions = Arc::new(Sessions::default());
    let id = Uuid::now_v7();
    for received in [None, None, Some(7)] {
        let (place, count) = enter(&sessions, id, received).await;
        assert_eq!(count, None);
        drop(place);
    }
    assert_eq!(sessions.lock().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn sessions_that_nobody_comes_back_to_are_forgotten_in_time() {
    let sessions = Arc::new(Sessions::default());
    for _ in 0..500 {
        drop(enter(&sessions, Uuid::now_v7(), None).await);
    }
    let id = Uuid::now_v7();
    let (place, _) = enter(&sessions, id, None).await;
    tokio::time::sleep(KEEP / 2).await;
    assert_eq!(sessions.lock().len(), 501);
    tokio::time::sleep(KEEP).await;
    assert_eq!(sessions.lock().len(), 1, "that is connected");
    drop(place);
    tokio::time::sleep(KEEP / 2).await;
    let (place, received) = enter(&sessions, id, Some(0)).await;
    assert_eq!(received, Some(0));
    tokio::time::sleep(KEEP * 2).await;
    drop(place);
    tokio::time::sleep(KEEP * 2).await;
    assert_eq!(enter(&sessions, id, Some(0)).await.1, None);
}

#[tokio::test(start_paused = true)]
async fn of_too_many_lost_sessions_the_longest_lost_go() {
    let sessions = Arc::new(Sessions::default());
    for _ in 0..LOST + 20 {
        drop(enter(&sessions, Uuid::now_v7(), None).await);
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(sessions.lock().len(), LOST);
}
