//! What a process costs, as the kernel counts it (proc(5)).

use std::fs;

use crate::Outcome;

/// Ticks per second of the times in `/proc`; the same on every Linux that Latchkey runs on.
const TICKS: f64 = 100.0;

/// The fields of `/proc/PID/stat` after the name of the program.
fn fields(pid: u32) -> Outcome<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, rest) = text.rsplit_once(") ").ok_or("an unreadable /proc/PID/stat")?;
    Ok(rest.split(' ').map(str::to_owned).collect())
}

/// Processor seconds: fields 14 and following of proc(5), of which the first two are gone.
fn seconds(fields: &[String], numbers: &[usize]) -> f64 {
    let ticks = numbers.iter().filter_map(|number| fields.get(number - 3)?.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS
}

/// Seconds of processor time that a process has taken, in itself and in the kernel.
pub fn cpu_seconds(pid: u32) -> Outcome<f64> {
    Ok(seconds(&fields(pid)?, &[14, 15]))
}

/// The same of a process with its children, those that have ended included.
pub fn family_cpu_seconds(parent: u32) -> Outcome<f64> {
    let mut total = seconds(&fields(parent)?, &[14, 15, 16, 17]);
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        // One that has ended in between is counted with its parent the next time.
        let Ok(fields) = fields(pid) else { continue };
        if fields.get(1).and_then(|text| text.parse().ok()) == Some(parent) {
            total += seconds(&fields, &[14, 15]);
        }
    }
    Ok(total)
}

/// MiB of memory that a process holds at present (`VmRSS`), or held at most (`VmHWM`).
pub fn memory_mib(pid: u32, field: &str) -> Outcome<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kib: f64 =
        line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?.parse()?;
    Ok(kib / 1024.0)
}

/// Nanoseconds of processor time of the calling thread.
pub fn thread_nanoseconds() -> Outcome<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().ok_or("an unreadable schedstat")?.parse()?)
}

/// The processor cores at hand.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
