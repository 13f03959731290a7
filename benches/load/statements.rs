//! How many statements a request sends to the database. A node in this process counts them; it serves
//! the same database as the server that is measured.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;
use std::thread;

use latchkey::app::{Database, Node};
use latchkey::config::{Config, DatabaseTarget, MasterKeySource};
use latchkey::kernel::env::Env;
use latchkey::kernel::secret::Secret;

use crate::Outcome;
use crate::client::Connection;
use crate::drive::Done;
use crate::operations::Operation;
use crate::options::Options;
use crate::world::World;

/// Requests that are counted together.
const BATCH: u64 = 10;
/// How many batches; the node also reads its settings now and then, hence the smallest count.
const BATCHES: u64 = 5;

/// Statements of each operation, transactions' beginnings and ends left out.
pub fn count(world: &World, options: &Options) -> Outcome<Vec<(Operation, f64)>> {
    let node = node(world)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (report, ended) = mpsc::channel();
    let serving = node.clone();
    let http = config(world)?.http;
    thread::scope(|scope| {
        scope.spawn(move || {
            let outcome = actix_web::rt::System::new().block_on(async move {
                let told = async {
                    let _other_end_dropped = stopped.await;
                    false
                };
                serving.serve(vec![listener], &http)?.until(told).await
            });
            let _nobody_waits = report.send(outcome);
        });
        let counted = Operation::ALL
            .into_iter()
            .filter(|operation| options.wants_operation(operation.name()))
            .map(|operation| Ok((operation, of(operation, world, &node, port)?)))
            .collect();
        drop(stop);
        ended.recv()??;
        counted
    })
}

fn of(operation: Operation, world: &World, node: &Node, port: u16) -> Outcome<f64> {
    operation.prepare(world, usize::try_from(BATCH * (BATCHES + 1))?)?;
    let mut connection = Connection::open(port)?;
    let mut turn = operation.turn(world, 0);
    let mut fewest = u64::MAX;
    for _ in 0..=BATCHES {
        let before = node.db().statements();
        for _ in 0..BATCH {
            if turn(&mut connection)? == Done::Exhausted {
                return Err("nothing left to count with".into());
            }
        }
        fewest = fewest.min(node.db().statements() - before);
    }
    Ok(fewest as f64 / BATCH as f64)
}

fn config(world: &World) -> Outcome<Config> {
    let installation = world.installation;
    let mut config = Config::for_dev(installation.port, installation.database.directory())?;
    config.keys.master_key = MasterKeySource::File(installation.master_key());
    let url = Secret::new(installation.database.url().to_owned());
    config.database.target = DatabaseTarget::External(url);
    Ok(config)
}

fn node(world: &World) -> Outcome<Node> {
    let config = config(world)?;
    let database = Database::at(Secret::new(world.installation.database.url().to_owned()));
    Ok(Node::build(&config, Env::system(), database)?)
}
