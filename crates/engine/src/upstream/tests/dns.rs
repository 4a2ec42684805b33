//! A name server in this process.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

/// What a name server knows: names in lower case, with what it answers.
type Zone = HashMap<String, Vec<RData>>;

/// Answers questions about the names that it knows; all others do not exist.
pub(super) struct NameServer {
    pub(super) address: SocketAddr,
    zone: Arc<Mutex<Option<Zone>>>,
}

pub(super) fn ip(text: &str) -> RData {
    match text.parse().unwrap() {
        IpAddr::V4(ip) => RData::A(A(ip)),
        IpAddr::V6(ip) => RData::AAAA(AAAA(ip)),
    }
}

pub(super) fn srv(priority: u16, weight: u16, port: u16, host: &str) -> RData {
    RData::SRV(SRV::new(
        priority,
        weight,
        port,
        Name::from_ascii(host).unwrap(),
    ))
}

impl NameServer {
    /// One that does not answer until it knows something.
    pub(super) fn silent() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let zone: Arc<Mutex<Option<Zone>>> = Arc::default();
        let known = zone.clone();
        std::thread::spawn(move || {
            let mut question = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut question) {
                let question = Message::from_vec(&question[..length]).unwrap();
                if let Some(zone) = &*known.lock().unwrap() {
                    let _ = socket.send_to(&answer(&question, zone), from);
                }
            }
        });
        Self { address, zone }
    }

    pub(super) fn with(names: &[(&str, Vec<RData>)]) -> Self {
        let server = Self::silent();
        server.knows(names);
        server
    }

    /// From now on it knows this and nothing else.
    pub(super) fn knows(&self, names: &[(&str, Vec<RData>)]) {
        let names = names.iter().cloned();
        let zone = names.map(|(name, records)| (format!("{name}."), records));
        *self.zone.lock().unwrap() = Some(zone.collect());
    }
}

fn answer(question: &Message, zone: &Zone) -> Vec<u8> {
    let mut answer = question.clone();
    answer.metadata.message_type = MessageType::Response;
    answer.metadata.recursion_available = true;
    let query = &question.queries[0];
    match zone.get(&query.name().to_ascii().to_lowercase()) {
        None => answer.metadata.response_code = ResponseCode::NXDomain,
        Some(records) => {
            let is_asked = |data: &&RData| data.record_type() == query.query_type();
            for data in records.iter().filter(is_asked) {
                // No time to live: it is asked for again as soon as the pool allows.
                let record = Record::from_rdata(query.name().clone(), 0, data.clone());
                answer.add_answer(record);
            }
        }
    }
    debug_assert!(matches!(
        query.query_type(),
        RecordType::A | RecordType::AAAA | RecordType::SRV
    ));
    answer.to_vec().unwrap()
}
