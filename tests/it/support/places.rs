//! A database of places in the format of `MaxMind` (version 2.0), as small as one can be.

use std::net::Ipv4Addr;

/// A value of the data section.
enum Value {
    Text(String),
    Map(Vec<(&'static str, Value)>),
    List(Vec<Value>),
    Short(u16),
    Long(u32),
    Time(u64),
}

/// A network and its bits, with the names of its city and its country by language.
pub struct Network {
    pub address: Ipv4Addr,
    pub bits: u8,
    pub city: &'static [(&'static str, &'static str)],
    pub country: &'static [(&'static str, &'static str)],
}

/// The file, of this type (`Test-City`).
pub fn database(kind: &str, networks: &[Network]) -> Vec<u8> {
    // Each node has two branches: to a node, or to the data of a network.
    let mut nodes: Vec<[Option<Branch>; 2]> = vec![[None; 2]];
    let mut data = Vec::new();
    for network in networks {
        let at = u32::try_from(data.len()).unwrap();
        encode(&place(network), &mut data);
        let address = u32::from(network.address);
        let mut node = 0;
        for depth in 0..network.bits {
            let bit = usize::from(address >> (31 - depth) & 1 == 1);
            if depth + 1 == network.bits {
                nodes[node][bit] = Some(Branch::Data(at));
            } else if let Some(Branch::Node(next)) = nodes[node][bit] {
                node = next;
            } else {
                nodes.push([None; 2]);
                let next = nodes.len() - 1;
                nodes[node][bit] = Some(Branch::Node(next));
                node = next;
            }
        }
    }
    let count = u32::try_from(nodes.len()).unwrap();
    let mut file = Vec::new();
    for branch in nodes.iter().flatten() {
        let record = match branch {
            None => count,
            Some(Branch::Node(node)) => u32::try_from(*node).unwrap(),
            Some(Branch::Data(at)) => count + 16 + at,
        };
        file.extend_from_slice(&record.to_be_bytes()[1..]);
    }
    file.extend_from_slice(&[0; 16]);
    file.extend_from_slice(&data);
    file.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    encode(&metadata(kind, count), &mut file);
    file
}

#[derive(Clone, Copy)]
enum Branch {
    Node(usize),
    Data(u32),
}

fn place(network: &Network) -> Value {
    let named = |names: &[(&'static str, &str)]| {
        let names = names.iter().map(|(tag, name)| (*tag, Value::Text((*name).to_owned())));
        Value::Map(vec![("names", Value::Map(names.collect()))])
    };
    let mut members = vec![("country", named(network.country))];
    if !network.city.is_empty() {
        members.push(("city", named(network.city)));
    }
    Value::Map(members)
}

fn metadata(kind: &str, node_count: u32) -> Value {
    Value::Map(vec![
        ("binary_format_major_version", Value::Short(2)),
        ("binary_format_minor_version", Value::Short(0)),
        ("build_epoch", Value::Time(1_700_000_000)),
        ("database_type", Value::Text(kind.to_owned())),
        ("description", Value::Map(vec![("en", Value::Text("for tests".to_owned()))])),
        ("ip_version", Value::Short(4)),
        ("languages", Value::List(vec![Value::Text("en".to_owned())])),
        ("node_count", Value::Long(node_count)),
        ("record_size", Value::Short(24)),
    ])
}

fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => {
            control(2, text.len(), out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Map(members) => {
            control(7, members.len(), out);
            for (name, value) in members {
                encode(&Value::Text((*name).to_owned()), out);
                encode(value, out);
            }
        }
        Value::List(items) => {
            control(11, items.len(), out);
            for item in items {
                encode(item, out);
            }
        }
        Value::Short(number) => bytes(5, &number.to_be_bytes(), out),
        Value::Long(number) => bytes(6, &number.to_be_bytes(), out),
        Value::Time(number) => bytes(9, &number.to_be_bytes(), out),
    }
}

fn bytes(kind: u8, bytes: &[u8], out: &mut Vec<u8>) {
    control(kind, bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// The byte before a value: its type and its size, the type in a second byte where it is beyond 7.
fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    let (short, rest) = if size < 29 { (size, None) } else { (29, Some(size - 29)) };
    let short = u8::try_from(short).unwrap();
    if kind <= 7 {
        out.push(kind << 5 | short);
    } else {
        out.push(short);
        out.push(kind - 7);
    }
    out.extend(rest.map(|rest| u8::try_from(rest).unwrap()));
}
