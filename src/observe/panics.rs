//! What is told of a panic.
//!
//! A message that was put together may hold anything that was sent, so only one that stands in the
//! source as it is gets into the log; the place in the source is enough to find the rest.

use std::panic::PanicHookInfo;

/// From now on a panic is a line of the log, and nothing else is printed.
pub fn log_panics() {
    std::panic::set_hook(Box::new(report));
}

fn report(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let words = panic.payload().downcast_ref::<&'static str>().copied();
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    tracing::error!(
        place,
        thread,
        words,
        "a panic, which is a bug of Latchkey's: please report it"
    );
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::panic::{catch_unwind, set_hook, take_hook};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn case_f31_a_panic_is_logged_without_what_was_sent() {
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber =
            tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
        // The hook is everybody's: other tests of this process may panic at this moment too.
        let (before, ours) = (Arc::new(take_hook()), std::thread::current().id());
        let others = Arc::clone(&before);
        set_hook(Box::new(move |panic| {
            if std::thread::current().id() == ours { report(panic) } else { others(panic) }
        }));
        let sent = String::from("hunter2-canary");
        tracing::subscriber::with_default(subscriber, || {
            let panicked = catch_unwind(|| panic!("cannot read {sent}"));
            assert!(panicked.is_err());
            assert!(catch_unwind(|| panic!("a lock was poisoned")).is_err());
        });
        set_hook(Box::new(move |panic| before(panic)));
        let log = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        assert!(!log.contains("hunter2"), "{log}");
        assert_eq!(log.matches("panics.rs:").count(), 2, "{log}");
        assert!(log.contains("a lock was poisoned"), "{log}");
    }
}
