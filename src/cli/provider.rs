//! `latchkey provider`: the providers that people sign in with.

mod fields;
mod secret;
mod show;

use serde_json::json;

use super::Context;
use super::args::{
    AddProvider, OneProvider, ProviderArgs, ProviderCommand, RemoveProvider, UpdateProvider,
};
use super::database::Open;
use super::exit::{Exit, Failure};
use super::people::{no_request, runtime};
use super::prompt;
use crate::app;
use crate::crypto::master_ring::MasterRing;
use crate::domain::audit::Actor;
use crate::domain::provider::{Provider, Slug};
use crate::federation::{Federation, FederationError};
use crate::identity::admin::provider::{self as admin, ProviderRefusal};
use crate::kernel::printable::Printable;
use crate::outbound::OutboundError;
use crate::storage::repo::providers::{Reliance, Stored};
use crate::storage::{Stop, Tx};

/// Runs `latchkey provider …`.
pub(super) fn run(context: &Context, args: ProviderArgs) -> Result<(), Failure> {
    match args.command {
        ProviderCommand::Add(args) => add(context, &args),
        ProviderCommand::List => list(context),
        ProviderCommand::Show(OneProvider { slug }) => show(context, &slug),
        ProviderCommand::Test(OneProvider { slug }) => test(context, &slug),
        ProviderCommand::Update(args) => update(context, &args),
        ProviderCommand::Disable(OneProvider { slug }) => switch(context, &slug, false),
        ProviderCommand::Enable(OneProvider { slug }) => switch(context, &slug, true),
        ProviderCommand::Remove(args) => remove(context, &args),
    }
}

/// The database, and the master keys that seal its secrets.
struct Desk {
    open: Open,
    ring: MasterRing,
}

impl Desk {
    fn open(context: &Context) -> Result<Self, Failure> {
        let open = context.open()?;
        let ring = app::master_ring(&open.config)?;
        if let Some(instance) = open.read(|tx| Ok(tx.instance().find()?))? {
            app::check_master_key(&instance, &ring)?;
        }
        Ok(Self { open, ring })
    }

    /// Asks the provider whether its settings fit. `Err` within: it could not be asked.
    fn ask(&self, provider: &Provider) -> Result<Result<Vec<String>, FederationError>, Failure> {
        let on_loopback = self.open.issuer()?.is_loopback();
        let federation = Federation::new(self.open.env.clone(), self.ring.clone(), on_loopback);
        let federation =
            federation.map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
        match runtime()?.block_on(federation.check(provider)) {
            Err(error) if !error.is_away() => Err(unfit(&error)),
            answer => Ok(answer),
        }
    }

    /// What is worth a thought before the settings are kept, which a provider that is away does not
    /// hinder.
    fn notes(&self, provider: &Provider) -> Result<Vec<String>, Failure> {
        let mut notes = self.ask(provider)?.unwrap_or_else(|error| {
            let then = format!("`latchkey provider test {}` asks again", provider.slug);
            vec![format!("the settings are not checked: {error}; {then}")]
        });
        if !self.open.config.registration.open && provider.policy.admits_strangers() {
            notes.push(format!(
                "registration is closed here, but not to the people of this provider: whoever signs in \
                 with it gets an account. `latchkey provider update {} --registration=false` closes it \
                 to them too; --allowed-domain and --required-claim let some in",
                provider.slug
            ));
        }
        Ok(notes)
    }
}

fn unfit(error: &FederationError) -> Failure {
    let failure = Failure::new(Exit::Refused, error.to_string());
    match error {
        FederationError::Metadata(_) | FederationError::Status(_) => {
            failure.fix("compare --issuer with what the provider documents")
        }
        FederationError::Misconfigured(_) => {
            failure.fix("`latchkey provider update --help` lists what can be set")
        }
        FederationError::Outbound(OutboundError::Address) => failure.fix(
            "private and special addresses are not asked: name a provider that is reached by a public one",
        ),
        FederationError::Outbound(OutboundError::Scheme) => {
            failure.fix("give an --issuer that begins with https://")
        }
        FederationError::Outbound(OutboundError::Redirect) => {
            failure.fix("give the --issuer that it redirects to, if that is how the provider calls itself")
        }
        FederationError::Outbound(OutboundError::TooLong) => {
            failure.fix("metadata have at most a megabyte: check that --issuer leads to the provider")
        }
        _ => failure,
    }
}

/// It may answer another time.
fn away(error: &FederationError) -> Failure {
    let fix = match error {
        FederationError::Outbound(OutboundError::Name) => {
            "check the name in the issuer, and this machine's DNS"
        }
        FederationError::Outbound(OutboundError::Tls) => {
            "check the provider's certificate, this machine's clock and its list of authorities"
        }
        _ => "check that the issuer is right, and that this machine reaches it",
    };
    Failure::new(Exit::Failure, error.to_string()).fix(fix)
}

fn add(context: &Context, args: &AddProvider) -> Result<(), Failure> {
    let desk = Desk::open(context)?;
    let now = desk.open.env.now();
    let taken = desk.open.read(|tx| Ok(tx.providers().list()?.0))?;
    let last = taken.iter().map(|provider| provider.position).max().unwrap_or(0);
    let blank = fields::blank(args, last.saturating_add(10), &desk.open.env)?;
    let mut provider = fields::change(&blank, &args.fields, now)?;
    secret::put(&desk, &blank, &mut provider, &args.fields)?;
    fields::require_whole(&provider)?;
    let notes = desk.notes(&provider)?;
    desk.open.write(|tx| {
        let (env, by) = (&desk.open.env, Actor::Operator);
        admin::add(tx, env, &no_request(), by, &provider).map_err(|stop| stop.map(refused))
    })?;
    show::added(context.output, &desk.open.issuer()?, &provider, &notes)
}

fn list(context: &Context) -> Result<(), Failure> {
    let open = context.open()?;
    let (providers, unusable) = open.read(|tx| Ok(tx.providers().list()?))?;
    let ring = ring(&open);
    let with_problem = |provider| (provider, secret::problem(ring.as_ref(), provider));
    let providers: Vec<_> = providers.iter().map(with_problem).collect();
    show::list(context.output, &providers, &unusable)
}

fn show(context: &Context, slug: &str) -> Result<(), Failure> {
    let open = context.open()?;
    match open.read(|tx| look(tx, slug))? {
        Stored::Usable(provider) => {
            let problem = secret::problem(ring(&open).as_ref(), &provider);
            show::one(context.output, &open.issuer()?, &provider, problem.as_deref())
        }
        Stored::Unusable(unusable) => show::unusable(context.output, &unusable),
    }
}

/// The master keys, to look whether secrets open. A command that only shows does without them.
fn ring(open: &Open) -> Option<MasterRing> {
    app::master_ring(&open.config).ok()
}

fn test(context: &Context, slug: &str) -> Result<(), Failure> {
    let slug = parse(slug)?;
    let desk = Desk::open(context)?;
    let provider = desk.open.read(|tx| find(tx, &slug))?;
    let notes = desk.ask(&provider)?.map_err(|error| away(&error))?;
    let value = json!({ "slug": slug, "fits": true, "notes": notes });
    context.output.show(&value, || {
        let notes = show::noted(&notes);
        format!("The settings of {slug} fit what the provider tells about itself.\n{notes}")
    })
}

fn update(context: &Context, args: &UpdateProvider) -> Result<(), Failure> {
    if args.fields.is_empty() {
        return Err(Failure::new(Exit::Usage, "nothing to change is named")
            .fix("`latchkey provider update --help` lists what can be"));
    }
    let slug = parse(&args.slug)?;
    let desk = Desk::open(context)?;
    let before = desk.open.read(|tx| find(tx, &slug))?;
    let mut after = fields::change(&before, &args.fields, desk.open.env.now())?;
    secret::put(&desk, &before, &mut after, &args.fields)?;
    fields::require_whole(&after)?;
    let notes = desk.notes(&after)?;
    desk.open.write(|tx| {
        let (env, by) = (&desk.open.env, Actor::Operator);
        let changed = show::differences(&before, &after);
        admin::change(tx, env, &no_request(), by, &before, &after, changed)
            .map_err(|stop| stop.map(refused))
    })?;
    show::updated(context.output, &desk.open.issuer()?, &after, &notes)
}

fn switch(context: &Context, slug: &str, enable: bool) -> Result<(), Failure> {
    let open = context.open()?;
    let changed = open.write(|tx| {
        admin::switch(tx, &open.env, &no_request(), Actor::Operator, slug, enable)
            .map_err(|stop| stop.map(refused))
    })?;
    let state = if enable { "enabled" } else { "disabled" };
    let relying = reliance(&open, slug)?;
    let value = json!({
        "slug": slug, "disabled": !enable, "changed": changed,
        "connected": relying.connected, "without_another_way": relying.alone,
    });
    context.output.show(&value, || match (changed, enable) {
        (false, _) => format!("{slug} was {state} already."),
        (true, false) => format!(
            "Disabled {slug}: within 5 s nobody signs in with it any more. {} \
             `latchkey provider enable {slug}` lets them again.",
            people(relying)
        ),
        (true, true) => format!("Enabled {slug}: within 5 s people sign in with it again."),
    })
}

fn remove(context: &Context, args: &RemoveProvider) -> Result<(), Failure> {
    let (slug, open) = (args.slug.as_str(), context.open()?);
    let label = match open.read(|tx| look(tx, slug))? {
        Stored::Usable(provider) => provider.label,
        Stored::Unusable(unusable) => unusable.issuer,
    };
    let relying = reliance(&open, slug)?;
    let question = format!("Remove {} ({slug})? {}", Printable(&label), people(relying));
    if !args.yes && !prompt::confirm(&question)? {
        return Err(Failure::new(Exit::Refused, "nothing was removed"));
    }
    let clients = open.write(|tx| {
        admin::remove(tx, &open.env, &no_request(), Actor::Operator, slug)
            .map_err(|stop| stop.map(refused))
    })?;
    let value = json!({
        "slug": slug, "removed": true, "clients": clients,
        "connected": relying.connected, "without_another_way": relying.alone,
    });
    context.output.show(&value, || {
        let apps = match clients.as_slice() {
            [] => String::new(),
            clients => format!(" The people of {} come to our own page now.", clients.join(", ")),
        };
        format!(
            "Removed {slug}. {}{apps} Whoever it knows is known again when a provider of the same issuer \
             is added; roles and details that its rules gave stay, and `latchkey user take-role` takes a \
             role away.",
            people(relying)
        )
    })
}

/// Who relies on a provider. Mail is a way in only where it is sent.
fn reliance(open: &Open, slug: &str) -> Result<Reliance, Failure> {
    let mail = open.config.mail.is_some();
    open.read(|tx| Ok(tx.providers().reliance(slug, mail)?))
}

fn people(relying: Reliance) -> String {
    format!(
        "{} people are connected with it, {} of them have no other way to sign in.",
        relying.connected, relying.alone
    )
}

fn parse(text: &str) -> Result<Slug, Failure> {
    text.parse::<Slug>().map_err(|error| Failure::new(Exit::Usage, error.to_string()))
}

/// The one of this name, which can be used.
fn find(tx: &mut Tx<'_>, slug: &Slug) -> Result<Provider, Stop<Failure>> {
    match look(tx, slug.as_str())? {
        Stored::Usable(provider) => Ok(*provider),
        Stored::Unusable(unusable) => {
            Err(Stop::Refused(refused(ProviderRefusal::Unusable(Box::new(unusable)))))
        }
    }
}

/// The one of this name, whether it can be used or not.
fn look(tx: &mut Tx<'_>, slug: &str) -> Result<Stored, Stop<Failure>> {
    let found = tx.providers().look(slug)?;
    Ok(found.ok_or_else(|| refused(ProviderRefusal::Missing(slug.to_owned())))?)
}

fn refused(refusal: ProviderRefusal) -> Failure {
    let failure = Failure::new(Exit::Refused, refusal.to_string());
    match refusal {
        ProviderRefusal::Missing(_) => failure.fix("`latchkey provider list` shows them"),
        ProviderRefusal::Taken(_) => failure.fix("choose another with --slug"),
        ProviderRefusal::Changed | ProviderRefusal::OtherKey => failure.fix("try again"),
        ProviderRefusal::Unusable(unusable) => failure.fix(format!(
            "use the release that stored it, or `latchkey provider remove {}` and add it anew",
            unusable.slug
        )),
    }
}
