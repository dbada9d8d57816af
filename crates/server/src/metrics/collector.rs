//! The names under which everything is told, for Prometheus and for STATS.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use masstree_protocol::Command;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::tally::{Tally, total, upper_end};
use crate::shared::Shared;

/// A number that is told.
pub(crate) struct Field {
    /// Its name in STATS; in Prometheus with `masstree_` in front.
    pub name: &'static str,
    help: &'static str,
    /// Whether it only grows.
    counts: bool,
    pub value: f64,
}

/// All numbers but the latencies, as of now.
pub(crate) fn fields(shared: &Shared) -> Vec<Field> {
    let mut fields = connections(shared);
    fields.extend(store(shared));
    fields.extend(disk(shared));
    fields
}

fn gauge(name: &'static str, help: &'static str, value: f64) -> Field {
    Field {
        name,
        help,
        counts: false,
        value,
    }
}

fn counter(name: &'static str, help: &'static str, value: u64) -> Field {
    Field {
        name,
        help,
        counts: true,
        value: value as f64,
    }
}

fn connections(shared: &Shared) -> Vec<Field> {
    let sum = |of: fn(&Tally) -> &std::sync::atomic::AtomicU64| {
        shared
            .tallies
            .iter()
            .map(|tally| of(tally).load(Relaxed))
            .sum()
    };
    let uptime = shared.started.elapsed().as_secs_f64();
    vec![
        gauge(
            "uptime_seconds",
            "Time since the server was started",
            uptime,
        ),
        gauge("workers", "Worker threads", shared.tallies.len() as f64),
        gauge(
            "connections",
            "Connections that are open",
            shared.connections.load(Relaxed) as f64,
        ),
        counter(
            "connections_accepted",
            "Connections that were accepted",
            shared.accepted.load(Relaxed),
        ),
        counter(
            "connections_turned_away",
            "Connections over the limit",
            shared.turned_away.load(Relaxed),
        ),
        counter(
            "connections_timed_out",
            "Connections that left something unfinished for too long",
            sum(|tally| &tally.timeouts),
        ),
        counter(
            "connections_malformed",
            "Connections that were closed over what they sent",
            sum(|tally| &tally.malformed),
        ),
        counter(
            "handshakes_refused",
            "Handshakes that were refused",
            sum(|tally| &tally.refused),
        ),
        counter(
            "accept_errors",
            "Times that accepting failed",
            shared.accept_errors.load(Relaxed),
        ),
        counter(
            "errors",
            "Requests that were answered by an error",
            sum(|tally| &tally.errors),
        ),
        counter(
            "received_bytes",
            "Bytes received",
            sum(|tally| &tally.bytes_in),
        ),
        counter("sent_bytes", "Bytes sent", sum(|tally| &tally.bytes_out)),
    ]
}

fn store(shared: &Shared) -> Vec<Field> {
    let stats = shared.store.stats();
    let oldest = stats.oldest_snapshot.unwrap_or_default().as_secs_f64();
    let read_only = shared.store.failure().is_some();
    vec![
        gauge("rows", "Keys that have a row", stats.rows as f64),
        gauge("versions", "Versions of all rows", stats.versions as f64),
        gauge(
            "bytes",
            "Bytes of nodes, keys and versions",
            stats.bytes as f64,
        ),
        gauge(
            "longest_chain",
            "Most versions of one key that the last sweep met",
            stats.longest_chain as f64,
        ),
        gauge(
            "snapshots",
            "Snapshots and transactions that are held",
            stats.snapshots as f64,
        ),
        gauge(
            "oldest_snapshot_seconds",
            "Age of the oldest of them",
            oldest,
        ),
        gauge(
            "waiting_keys",
            "Keys with versions that wait for snapshots",
            stats.waiting as f64,
        ),
        gauge(
            "read_only",
            "1 after a write to the disk has failed",
            f64::from(read_only),
        ),
    ]
}

fn disk(shared: &Shared) -> Vec<Field> {
    let Some(log) = shared.store.log_stats() else {
        return Vec::new();
    };
    let checkpoints = shared.store.checkpoint_stats().unwrap_or_default();
    let took = checkpoints.last.unwrap_or_default().as_secs_f64();
    vec![
        counter(
            "log_transactions",
            "Transactions written to the log",
            log.transactions,
        ),
        counter("log_bytes", "Bytes appended to the log", log.bytes),
        counter("log_writes", "Batches written to the log", log.writes),
        counter("log_syncs", "Syncs of the log", log.syncs),
        gauge(
            "log_segment",
            "The segment that is appended to",
            log.segment as f64,
        ),
        gauge(
            "log_unsynced_bytes",
            "Bytes of the log that are not on disk yet",
            log.not_durable as f64,
        ),
        gauge(
            "checkpoint_running",
            "1 while a checkpoint is written, asked for or not",
            f64::from(checkpoints.running),
        ),
        counter(
            "checkpoints",
            "Checkpoints that were written, asked for or not",
            checkpoints.written,
        ),
        counter(
            "checkpoint_failures",
            "Checkpoints that failed",
            checkpoints.failed,
        ),
        gauge(
            "checkpoint_last_seconds",
            "How long the last of them took",
            took,
        ),
    ]
}

/// Tells everything to Prometheus.
struct Everything(Arc<Shared>);

impl fmt::Debug for Everything {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Everything")
    }
}

impl Collector for Everything {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for field in fields(&self.0) {
            let kind = if field.counts {
                MetricType::Counter
            } else {
                MetricType::Gauge
            };
            let mut metric = encoder.encode_descriptor(field.name, field.help, None, kind)?;
            if field.counts {
                metric.encode_counter::<NoLabelSet, _, u64>(&(field.value as u64), None)?;
            } else {
                metric.encode_gauge(&field.value)?;
            }
        }
        let mut family = encoder.encode_descriptor(
            "request_seconds",
            "Time from a request at hand to a reply that can leave",
            None,
            MetricType::Histogram,
        )?;
        for command in Command::ALL {
            let (buckets, count, seconds) = total(&self.0.tallies, command);
            let mut bounded = [(0.0, 0); super::tally::BUCKETS];
            for (index, (bound, count)) in bounded.iter_mut().enumerate() {
                (*bound, *count) = (upper_end(index), buckets[index]);
            }
            let label = [("command", command.name())];
            let mut metric = family.encode_family(&label)?;
            metric.encode_histogram::<NoLabelSet>(seconds, count, &bounded, None)?;
        }
        Ok(())
    }
}

/// Everything, in the text format of Prometheus.
pub(super) fn text(shared: &Arc<Shared>) -> String {
    let mut registry = Registry::with_prefix("masstree");
    registry.register_collector(Box::new(Everything(Arc::clone(shared))));
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => text,
        // Writing to a string does not fail.
        Err(fmt::Error) => String::new(),
    }
}
