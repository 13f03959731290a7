//! Where lines of the log go: a queue that is written out by a thread of its own. A disk that is full
//! or a reader who has stopped reading holds up nobody, and what is lost that way is counted.

use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

use crate::kernel::metric;

/// Lines that wait to be written at most. What comes beyond is dropped: a request does not wait.
const QUEUE: usize = 4096;

/// How long lines gather after some were written out. Without this each line of a busy server would
/// wake the thread that writes, which costs a request more than all else that it logs.
const GATHER: Duration = Duration::from_millis(5);

/// So many bytes, or a few more, are written out at once.
const AT_ONCE: usize = 32 * 1024;

/// Writes what is queued out when it goes, and waits for that for a second at most.
#[derive(Debug)]
#[must_use = "the log ends with it"]
pub struct Flush {
    _writing: WorkerGuard,
}

/// The beginning of the queue.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    queue: NonBlocking,
    lost: Arc<Lost>,
}

/// Sends lines to `out` from now on.
pub(super) fn lines(out: impl Write + Send + 'static) -> (Lines, Flush) {
    queue_of(QUEUE, out)
}

fn queue_of(lines: usize, out: impl Write + Send + 'static) -> (Lines, Flush) {
    let lost = Arc::<Lost>::default();
    let end = End { out, gathered: Vec::new(), lost: Arc::clone(&lost), told: 0 };
    let (queue, writing) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(lines)
        .thread_name("latchkey-log")
        .finish(end);
    // Only now is it known what the queue itself drops.
    let _ = lost.refused.set(queue.error_counter());
    (Lines { queue, lost }, Flush { _writing: writing })
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Lines {
    /// Takes one line, and never fails.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.queue.write_all(line)?;
        self.lost.count();
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lines that were not written.
#[derive(Debug, Default)]
struct Lost {
    /// By the queue, which was full.
    refused: OnceLock<ErrorCounter>,
    /// By the file, the pipe or the terminal.
    failed: AtomicUsize,
    /// How many of all these the metric knows of.
    counted: AtomicUsize,
}

impl Lost {
    fn all(&self) -> usize {
        let refused = self.refused.get().map_or(0, ErrorCounter::dropped_lines);
        refused.saturating_add(self.failed.load(Ordering::Relaxed))
    }

    /// Tells the metric what is new. Returns all that were lost so far.
    fn count(&self) -> usize {
        let all = self.all();
        let new = all.saturating_sub(self.counted.fetch_max(all, Ordering::Relaxed));
        if new > 0 {
            metrics::counter!(metric::LOG_LINES_DROPPED).increment(new as u64);
        }
        all
    }
}

/// The end of the queue.
struct End<W> {
    out: W,
    /// Lines to be written out together.
    gathered: Vec<u8>,
    lost: Arc<Lost>,
    /// How many lost lines were told of.
    told: usize,
}

impl<W: Write> End<W> {
    fn write_out(&mut self) {
        if self.gathered.is_empty() {
            return;
        }
        let mut rest = self.gathered.as_slice();
        while !rest.is_empty() {
            match self.out.write(rest) {
                Ok(count @ 1..) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
            }
        }
        // Nothing that is logged has a second line.
        let failed = rest.split(|byte| *byte == b'\n').count() - 1;
        self.gathered.clear();
        if failed > 0 {
            self.lost.failed.fetch_add(failed, Ordering::Relaxed);
        }
        let lost = self.lost.count();
        if failed == 0 && lost > self.told {
            self.told = lost;
            // A line like any other. All since the start, so that nothing is untold when this one
            // is lost as well.
            tracing::warn!(lost, "lines of the log could not be written");
        }
    }
}

impl<W: Write> Write for End<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(line);
        if self.gathered.len() >= AT_ONCE {
            self.write_out();
        }
        Ok(line.len())
    }

    /// Called whenever the queue is empty.
    fn flush(&mut self) -> io::Result<()> {
        self.write_out();
        // A failure shows at the next line.
        let _ = self.out.flush();
        thread::sleep(GATHER);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};

    use super::*;

    /// A disk: writes nothing while it is full, and not at all while it is stuck.
    #[derive(Clone, Default)]
    struct Disk(Arc<(Mutex<State>, Condvar)>);

    #[derive(Default)]
    struct State {
        full: bool,
        stuck: bool,
        /// Somebody waits for it.
        waited_for: bool,
        written: Vec<u8>,
    }

    impl Disk {
        fn set(&self, change: impl FnOnce(&mut State)) {
            change(&mut self.0.0.lock().unwrap());
            self.0.1.notify_all();
        }

        fn wait_until(&self, reached: impl Fn(&State) -> bool) {
            let state = self.0.0.lock().unwrap();
            drop(self.0.1.wait_while(state, |state| !reached(state)).unwrap());
        }

        fn written(&self) -> String {
            String::from_utf8(self.0.0.lock().unwrap().written.clone()).unwrap()
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut state = self.0.0.lock().unwrap();
            state.waited_for = true;
            self.0.1.notify_all();
            let mut state = self.0.1.wait_while(state, |state| state.stuck).unwrap();
            if state.full {
                return Err(io::ErrorKind::StorageFull.into());
            }
            state.written.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn case_f08_lines_that_a_full_disk_refuses_are_counted_and_the_next_are_written() {
        let disk = Disk::default();
        disk.set(|state| state.full = true);
        let (mut lines, flush) = lines(disk.clone());
        for _ in 0..3 {
            lines.write_all(b"lost\n").unwrap();
        }
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while lines.lost.count() < 3 {
            assert!(std::time::Instant::now() < deadline, "{:?}", lines.lost);
            std::thread::yield_now();
        }
        disk.set(|state| state.full = false);
        lines.write_all(b"kept\n").unwrap();
        drop(flush);
        assert_eq!(disk.written(), "kept\n");
        assert_eq!(lines.lost.counted.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn case_f08_a_reader_who_has_stopped_holds_up_nobody() {
        let disk = Disk::default();
        disk.set(|state| state.stuck = true);
        let (mut lines, flush) = queue_of(8, disk.clone());
        lines.write_all(b"line\n").unwrap();
        disk.wait_until(|state| state.waited_for);
        for _ in 1..100 {
            lines.write_all(b"line\n").unwrap();
        }
        // One is on its way beside those that wait.
        let lost = lines.lost.count();
        assert_eq!(lost, 91);
        disk.set(|state| state.stuck = false);
        drop(flush);
        assert_eq!(disk.written().lines().count(), 100 - lost);
    }
}
