//! The map: rooms, arrows, and the places of libraries.

/// Every room with the rooms it imports directly. Beside these, every room may import `kernel`,
/// and every room but `domain` may import `config`. Arrows are transitive.
pub(crate) const ROOMS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("config", &[]),
    ("domain", &[]),
    ("crypto", &["domain"]),
    ("storage", &["domain"]),
    ("i18n", &[]),
    ("outbound", &[]),
    ("mail", &["storage", "crypto", "i18n"]),
    ("federation", &["crypto", "outbound"]),
    ("identity", &["storage", "crypto", "mail", "federation"]),
    ("protocol", &["identity"]),
    ("jobs", &["protocol"]),
    ("observe", &["storage"]),
    ("http", &["protocol", "observe", "i18n"]),
    ("app", &["http", "jobs"]),
    ("demo", &["app"]),
    ("cli", &["app", "demo"]),
];

/// Libraries with the only places that may name them. A name stands for its family, too:
/// `diesel` for `diesel_migrations`.
pub(crate) const LIBRARIES: &[(&str, &[&str])] = &[
    ("diesel", &["src/storage/"]),
    ("josekit", &["src/crypto/jose.rs", "src/crypto/jose/"]),
    ("openidconnect", &["src/federation/openid.rs", "src/federation/openid/", "src/demo/"]),
    ("oxide_auth", &["src/protocol/engine/"]),
    ("totp_rs", &["src/crypto/totp.rs"]),
    ("qrcode", &["src/http/pages/view/qr.rs"]),
    ("image", &["src/identity/pictures/redraw.rs"]),
    ("maxminddb", &["src/identity/places.rs"]),
    ("multer", &["src/http/extract/upload.rs"]),
    ("chrono_tz", &["src/domain/time_zone.rs", "src/i18n/", "src/http/pages/view/"]),
    ("lettre", &["src/mail/smtp/", "src/mail/smtp.rs"]),
    ("actix", &["src/http/", "src/app/", "src/demo/"]),
    ("utoipa", &["src/http/"]),
    ("askama", &["src/http/", "src/mail/", "src/demo/"]),
];

/// Whether the map has this room.
pub(crate) fn is_room(name: &str) -> bool {
    ROOMS.iter().any(|(room, _)| *room == name)
}

/// Whether an arrow, or a chain of arrows, leads from the room `from` to another room `to`.
pub(crate) fn may_import(from: &str, to: &str) -> bool {
    match (from, to) {
        // The binary calls the commands, and the root of the library imports nothing.
        ("main", to) => to == "cli",
        ("lib" | "kernel", _) => false,
        (_, "kernel") => true,
        ("config" | "domain", _) => false,
        (_, "config") => true,
        _ => reaches(from, to),
    }
}

fn reaches(from: &str, to: &str) -> bool {
    let direct = ROOMS.iter().find(|(room, _)| *room == from).map_or(&[][..], |(_, rooms)| *rooms);
    direct.iter().any(|room| *room == to || reaches(room, to))
}
