//! How much reading may take, so that no input can exhaust memory, stack or time.

/// Bounds on what is read. The defaults are far above what real documents need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Levels of objects and arrays.
    pub depth: usize,
    /// Values in one file.
    pub nodes: usize,
    /// Values that the aliases of one file may stand for, all together.
    pub alias_nodes: usize,
    /// Bytes of text that the aliases of one file may stand for, all together.
    pub alias_bytes: usize,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Files of one document.
    pub files: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 200,
            nodes: 500_000,
            alias_nodes: 200_000,
            alias_bytes: 32 << 20,
            file_bytes: 32 << 20,
            files: 1000,
        }
    }
}
