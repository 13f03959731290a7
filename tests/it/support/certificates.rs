//! Certificates for servers of a test's own.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};

/// A certificate and its key.
pub struct Certificate {
    certificate: X509,
    key: PKey<Private>,
}

impl Certificate {
    /// One for a host that signs itself, and may sign others.
    pub fn self_signed(host: &str) -> Self {
        Self::make(host, None, valid())
    }

    /// One for a host that this one has signed.
    pub fn sign(&self, host: &str) -> Self {
        Self::make(host, Some(self), valid())
    }

    /// One that has ended long ago.
    pub fn sign_ended(&self, host: &str) -> Self {
        let moment = |text| Asn1Time::from_str(text).unwrap();
        Self::make(host, Some(self), [moment("20200101000000Z"), moment("20200201000000Z")])
    }

    fn make(host: &str, authority: Option<&Self>, valid: [Asn1Time; 2]) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", host).unwrap();
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        let mut serial = BigNum::new().unwrap();
        serial.rand(64, openssl::bn::MsbOption::ONE, false).unwrap();
        builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&name).unwrap();
        let issuer = authority.map_or(&*name, |it| it.certificate.subject_name());
        builder.set_issuer_name(issuer).unwrap();
        builder.set_not_before(&valid[0]).unwrap();
        builder.set_not_after(&valid[1]).unwrap();
        builder.set_pubkey(&key).unwrap();
        if authority.is_none() {
            builder.append_extension(BasicConstraints::new().ca().build().unwrap()).unwrap();
        }
        let mut names = SubjectAlternativeName::new();
        match host.parse::<std::net::IpAddr>() {
            Ok(_) => names.ip(host),
            Err(_) => names.dns(host),
        };
        let names = names.build(&builder.x509v3_context(None, None));
        builder.append_extension(names.unwrap()).unwrap();
        let signer = authority.map_or(&key, |it| &it.key);
        builder.sign(signer, MessageDigest::sha256()).unwrap();
        Self { certificate: builder.build(), key }
    }

    /// The certificate as PEM.
    pub fn pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    /// Its key as PEM.
    pub fn key_pem(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }
}

fn valid() -> [Asn1Time; 2] {
    [0, 2].map(|days| Asn1Time::days_from_now(days).unwrap())
}
