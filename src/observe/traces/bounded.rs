//! Spans on their way to the collector: a bounded number, and a count of those that never got there.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor,
};

/// Spans that wait or are being sent, at most.
const MOST: usize = 4096;
/// Spans in one message.
const BATCH: usize = 512;
/// How long spans gather before they are sent.
const DELAY: Duration = Duration::from_secs(1);

/// Spans that no collector got, since the process began.
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// How many spans no collector got, since the process began.
pub fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

fn drop_some(count: usize) {
    DROPPED.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// Sends what `exporter` sends from a thread of its own. The library drops what is beyond its queue
/// without a word that a program can hear, so its queue is longer than what we let in.
pub(super) fn processor<E: SpanExporter + 'static>(exporter: E) -> impl SpanProcessor + 'static {
    let waiting = Arc::<AtomicUsize>::default();
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(MOST * 2)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(DELAY)
        .build();
    let counted = Counted { exporter, waiting: Arc::clone(&waiting) };
    let inner = BatchSpanProcessor::builder(counted).with_batch_config(batches).build();
    Bounded { inner, waiting }
}

/// Lets no more than [`MOST`] spans wait.
#[derive(Debug)]
struct Bounded<P> {
    inner: P,
    waiting: Arc<AtomicUsize>,
}

impl<P: SpanProcessor> SpanProcessor for Bounded<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        let next = |count| (count < MOST).then_some(count + 1);
        match self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
            Ok(_) => self.inner.on_end(span),
            Err(_) => drop_some(1),
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Counts what is sent no more as waiting, and what was not taken as dropped.
#[derive(Debug)]
struct Counted<E> {
    exporter: E,
    waiting: Arc<AtomicUsize>,
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let count = batch.len();
        let sending = self.exporter.export(batch);
        async move {
            let outcome = sending.await;
            self.waiting.fetch_sub(count, Ordering::Relaxed);
            if outcome.is_err() {
                drop_some(count);
            }
            outcome
        }
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use opentelemetry::trace::{Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;

    /// A collector that answers when it is told to.
    #[derive(Debug)]
    struct Slow(Mutex<mpsc::Receiver<()>>);

    impl SpanExporter for Slow {
        fn export(&self, _: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
            // Whether told or left alone: it goes on.
            let _ = self.0.lock().unwrap().recv();
            async { Ok(()) }
        }
    }

    #[test]
    fn spans_beyond_the_bound_are_counted_and_nobody_waits() {
        let (open, gate) = mpsc::channel();
        let processor = processor(Slow(Mutex::new(gate)));
        let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
        let tracer = provider.tracer("test");
        let before = dropped();
        for _ in 0..MOST {
            drop(tracer.start("kept"));
        }
        assert_eq!(dropped(), before);
        for _ in 0..10 {
            drop(tracer.start("too many"));
        }
        assert_eq!(dropped(), before + 10);
        drop(open);
        provider.shutdown().unwrap();
        assert_eq!(dropped(), before + 10, "all others got there");
    }
}
