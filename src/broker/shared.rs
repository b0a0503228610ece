//! The router behind the one lock of a broker.

use std::sync::{Mutex, PoisonError};

use super::config::LogFn;
use super::router::Router;

pub(super) struct SharedRouter {
    pub(super) router: Mutex<Router>,
    pub(super) log: Option<LogFn>,
}

impl SharedRouter {
    /// Calls `work` with the router locked, then wakes tasks and writes the log.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Router) -> T) -> T {
        // After a panic, a defect, the other connections continue.
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
