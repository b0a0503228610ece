//! What is known of a transaction until it is confirmed.

/// A transaction between BEGIN and its COMMIT or ABORT.
#[derive(Debug)]
pub(super) struct OpenTransaction {
    pub(super) name: String,
    /// Those of a session are counted from 1.
    pub(super) number: u64,
    /// The subscription that ends with it.
    pub(super) last_of: Option<String>,
    /// Whether the receipt of one of its frames will not come, since an ERROR or the receipt timeout was before it.
    pub(super) unproven: bool,
    /// Whether COMMIT waits for receipts of its frames.
    pub(super) ending: bool,
}

/// A COMMIT that was sent before all receipts of its transaction had come.
#[derive(Debug)]
pub(super) struct OpenCommit<T> {
    pub(super) receipt: u64,
    pub(super) number: u64,
    pub(super) unproven: bool,
    /// The token of the request once its own receipt has come.
    pub(super) token: Option<T>,
}
