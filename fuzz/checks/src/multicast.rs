//! Datagrams of the multicast transport: what is read is written as it was meant, and of what is missing nothing is told twice or not at all.
use tidings_multicast::fuzzing::{hear, is_read_again};

/// Bytes as a datagram.
pub fn multicast_frame(bytes: &[u8]) {
    let _ = is_read_again(bytes);
}

/// Bytes as the numbers of a stream: nine for each, of which the last is a pause; where the first of them is 0, the number is
/// near the one before.
pub fn multicast_stream(bytes: &[u8]) {
    let mut last = 0_u64;
    let numbers = bytes.chunks_exact(9).map(|chunk| {
        let far = chunk[1..8]
            .iter()
            .fold(u64::from(chunk[0]), |far, byte| far << 8 | u64::from(*byte));
        last = match chunk[0] {
            0 => last.wrapping_add(u64::from(chunk[6]) << 8 | u64::from(chunk[7])),
            1 => last.saturating_sub(u64::from(chunk[7])),
            _ => far,
        };
        (last, chunk[8])
    });
    hear(numbers.collect::<Vec<_>>());
}
