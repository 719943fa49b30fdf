//! Frames of the socket transport: what is read is written as it was meant, and either end outlives any of them.
use bytes::Bytes;
use tidings_socket::fuzzing::{connecting_end, listening_end, written_again};

/// Bytes as a frame without its length.
pub fn socket_frame(bytes: &[u8]) {
    let Some(written) = written_again(Bytes::copy_from_slice(bytes)) else {
        return;
    };
    let again = written_again(written.clone());
    assert_eq!(again, Some(written), "another frame the second time");
}

/// Bytes as frames with their lengths, heard by a connecting end and by a listening one.
pub fn socket_session(bytes: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        connecting_end(Bytes::copy_from_slice(bytes));
        listening_end(bytes).await;
    });
}
