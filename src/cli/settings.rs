//! `latchkey settings`: what can be changed while the server runs.

use serde_json::{Value, json};

use super::Context;
use super::args::{SettingsArgs, SettingsCommand};
use super::database::Open;
use super::exit::{Exit, Failure};
use super::output;
use super::people::no_request;
use crate::domain::audit::Actor;
use crate::domain::setting::{BadValue, Loaded, Setting};
use crate::identity::admin::setting::{Changed, change};
use crate::storage::repo::settings::StoredSetting;

/// Runs `latchkey settings …`.
pub(super) fn run(context: &Context, args: &SettingsArgs) -> Result<(), Failure> {
    match &args.command {
        SettingsCommand::List => list(context),
        SettingsCommand::Get { name } => get(context, find(name)?),
        SettingsCommand::Set { name, value } => {
            let setting = find(name)?;
            let value = setting.parse(value).map_err(|bad| refused(setting, &bad))?;
            set(context, setting, Some(value))
        }
        SettingsCommand::Reset { name } => set(context, find(name)?, None),
    }
}

/// What is in force, and what is stored.
struct Present {
    loaded: Loaded,
    stored: Vec<StoredSetting>,
}

impl Present {
    fn load(open: &Open) -> Result<Self, Failure> {
        open.read(|tx| Ok(Self { loaded: tx.settings().load()?, stored: tx.settings().changes()? }))
    }

    fn stored(&self, setting: &Setting) -> Option<&StoredSetting> {
        self.stored.iter().find(|stored| stored.name == setting.name)
    }

    fn problem(&self, setting: &Setting) -> Option<&str> {
        let mut left_out = self.loaded.left_out.iter();
        Some(&left_out.find(|left_out| left_out.name == setting.name)?.problem)
    }

    fn shown(&self, setting: &Setting) -> String {
        setting.unit.show(setting.of(&self.loaded.settings))
    }

    /// Who changed it when, or that nobody did.
    fn origin(&self, setting: &Setting) -> String {
        match (self.stored(setting), self.problem(setting)) {
            (None, _) => "default".to_owned(),
            (Some(_), Some(problem)) => format!("default, as what is stored is refused: {problem}"),
            (Some(stored), None) => {
                format!("{}, by {}", output::time(Some(stored.changed_at)), stored.changed_by)
            }
        }
    }

    fn json(&self, setting: &Setting) -> Value {
        let stored = self.stored(setting);
        json!({
            "name": setting.name,
            "about": setting.about(),
            "value": setting.of(&self.loaded.settings),
            "text": self.shown(setting),
            "unit": setting.unit.name(),
            "default": setting.default,
            "lowest": setting.allowed.start(),
            "highest": setting.allowed.end(),
            "at_most": setting.at_most,
            "changed": stored.is_some(),
            "changed_at": stored.map(|stored| stored.changed_at),
            "changed_by": stored.map(|stored| &stored.changed_by),
            "problem": self.problem(setting),
        })
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    let present = Present::load(&context.open()?)?;
    let value: Vec<_> = Setting::ALL.iter().map(|setting| present.json(setting)).collect();
    context.output.show(&json!({ "settings": value }), || {
        let row = |setting: &Setting| {
            vec![setting.name.to_owned(), present.shown(setting), present.origin(setting)]
        };
        let rows: Vec<_> = Setting::ALL.iter().map(row).collect();
        output::table(&["name", "value", "changed"], &rows)
    })
}

fn get(context: &Context, setting: &'static Setting) -> Result<(), Failure> {
    let present = Present::load(&context.open()?)?;
    context.output.show(&present.json(setting), || {
        let lines = [
            ("name", setting.name.to_owned()),
            ("what it is", setting.about().to_owned()),
            ("value", present.shown(setting)),
            ("default", setting.unit.show(setting.default)),
            ("allowed", setting.range()),
            ("changed", present.origin(setting)),
        ];
        output::fields(&lines)
    })
}

fn set(context: &Context, setting: &'static Setting, value: Option<u32>) -> Result<(), Failure> {
    let open = context.open()?;
    let Changed { from, to } = open.write(|tx| {
        change(tx, &open.env, &no_request(), Actor::Operator, setting, value)
            .map_err(|stop| stop.map(|bad| refused(setting, &bad)))
    })?;
    let result = json!({
        "name": setting.name, "from": from, "to": to, "unit": setting.unit.name(),
    });
    context.output.show(&result, || {
        let (from, to) = (setting.unit.show(from), setting.unit.show(to));
        let default = if value.is_none() { ", the default" } else { "" };
        format!("{} is {to}{default} (was {from}); every node follows within 5 s.", setting.name)
    })
}

fn find(name: &str) -> Result<&'static Setting, Failure> {
    Setting::find(name).ok_or_else(|| {
        let failure = Failure::new(Exit::Refused, format!("there is no setting {name}"));
        failure.fix(match Setting::suggest(name) {
            Some(setting) => format!("did you mean {}?", setting.name),
            None => "`latchkey settings list` shows them".to_owned(),
        })
    })
}

fn refused(setting: &Setting, bad: &BadValue) -> Failure {
    Failure::new(Exit::Usage, bad.to_string()).fix(format!(
        "{} can be {}",
        setting.name,
        setting.range()
    ))
}
