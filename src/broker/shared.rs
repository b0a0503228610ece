//! The one router behind its lock, as all tasks of a broker use it.

use std::sync::{Mutex, PoisonError};

use super::config::LogFn;
use super::router::Router;

/// What the tasks of a broker share.
pub(super) struct SharedRouter {
    pub(super) router: Mutex<Router>,
    pub(super) log: Option<LogFn>,
}

impl SharedRouter {
    /// Does something with the router, then wakes whom it concerns.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Router) -> T) -> T {
        // A panic in there is a defect; the others' connections are not ended for it.
        let mut router = self.router.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(&mut router);
        if router.wakes.is_empty() && router.log.is_empty() {
            return done;
        }
        let (wakes, log) = (std::mem::take(&mut router.wakes), std::mem::take(&mut router.log));
        drop(router);
        for waker in wakes {
            waker.wake();
        }
        for line in log {
            self.log(&line);
        }
        done
    }

    pub(super) fn log(&self, line: &str) {
        if let Some(log) = &self.log {
            log(line);
        }
    }
}
