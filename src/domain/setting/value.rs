//! Values as people write and read them.

/// What a setting's number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Time,
    /// Whatever its description says.
    Count,
    /// Nothing: 1 is on and 0 is off.
    Switch,
    /// Nothing: 0 is off, 1 is optional and 2 is required.
    Rule,
}

/// Why a setting cannot have a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    /// The text is no span of time.
    #[error("write a time like 90s, 15m, 12h or 7d; a bare number counts seconds")]
    NotATime,
    /// The text is no number.
    #[error("write a whole number")]
    NotACount,
    /// The text is neither "on" nor "off".
    #[error("write on or off")]
    NotASwitch,
    /// The text is none of the three words.
    #[error("write off, optional or required")]
    NotARule,
    /// Beyond what is allowed.
    #[error("{name} must be {range}")]
    OutOfRange {
        /// The setting.
        name: &'static str,
        /// What is allowed.
        range: String,
    },
    /// Together with another setting it makes no sense.
    #[error("{smaller} must be at most {larger}, which is {limit}")]
    Relation {
        /// The one that must not be larger.
        smaller: &'static str,
        /// Than this one.
        larger: &'static str,
        /// Which would have this value.
        limit: String,
    },
}

/// The units that times are shown in, largest first, with their seconds.
const SHOWN: [(&str, u32); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

impl Unit {
    /// What a script is told that numbers count.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "seconds",
            Self::Count => "count",
            Self::Switch => "switch",
            Self::Rule => "rule",
        }
    }

    /// The value as people read it, and as [`Unit::parse`] takes it: `15m`, `1d 12h`, `8`.
    pub fn show(self, value: u32) -> String {
        match self {
            Self::Count => value.to_string(),
            Self::Switch => if value == 0 { "off" } else { "on" }.to_owned(),
            Self::Rule => match value {
                0 => "off",
                1 => "optional",
                _ => "required",
            }
            .to_owned(),
            Self::Time if value == 0 => "0s".to_owned(),
            Self::Time => {
                let mut rest = value;
                let parts = SHOWN.iter().filter_map(|(unit, seconds)| {
                    let count = rest / seconds;
                    rest %= seconds;
                    (count > 0).then(|| format!("{count}{unit}"))
                });
                parts.collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Reads a value.
    pub fn parse(self, text: &str) -> Result<u32, BadValue> {
        let text = text.trim();
        let number = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        match self {
            Self::Count => number.ok_or(BadValue::NotACount),
            Self::Switch => match text {
                "on" | "1" => Ok(1),
                "off" | "0" => Ok(0),
                _ => Err(BadValue::NotASwitch),
            },
            Self::Rule => match text {
                "off" | "0" => Ok(0),
                "optional" | "1" => Ok(1),
                "required" | "2" => Ok(2),
                _ => Err(BadValue::NotARule),
            },
            Self::Time => number.map_or_else(|| time(text), Ok),
        }
    }
}

/// Whole seconds only: what cannot be kept is not rounded.
fn time(text: &str) -> Result<u32, BadValue> {
    humantime::parse_duration(text)
        .ok()
        .filter(|time| time.subsec_nanos() == 0)
        .and_then(|time| u32::try_from(time.as_secs()).ok())
        .ok_or(BadValue::NotATime)
}
