//! The tables, as `diesel print-schema` writes them; the `token_hash` domain is its `bytea`, and arrays
//! hold no NULL.
#![allow(missing_docs, clippy::wildcard_imports, reason = "written by `table!`")]

diesel::table! {
    addresses (id) {
        id -> Uuid,
        user_id -> Uuid,
        email -> Text,
        canonical -> Text,
        is_primary -> Bool,
        verified_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    attempt_counters (kind, key) {
        kind -> Text,
        key -> Bytea,
        window_started_at -> Timestamptz,
        window_ends_at -> Timestamptz,
        count -> Int4,
    }
}

diesel::table! {
    audit_events (id) {
        id -> Uuid,
        at -> Timestamptz,
        action -> Text,
        actor_kind -> Text,
        actor_id -> Nullable<Text>,
        target_kind -> Nullable<Text>,
        target_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        session_id -> Nullable<Uuid>,
        request_id -> Nullable<Text>,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        method -> Nullable<Text>,
        endpoint -> Nullable<Text>,
        success -> Bool,
        error_code -> Nullable<Text>,
        duration_us -> Nullable<Int8>,
        details -> Nullable<Jsonb>,
    }
}

diesel::table! {
    authenticators (id) {
        id -> Uuid,
        user_id -> Uuid,
        name -> Text,
        sealed_secret -> Bytea,
        seal_key_id -> Text,
        seal_nonce -> Bytea,
        last_step -> Nullable<Int8>,
        created_at -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    client_secrets (id) {
        id -> Uuid,
        client_id -> Text,
        secret_hash -> Bytea,
        created_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    clients (id) {
        id -> Text,
        name -> Text,
        application_type -> Text,
        token_endpoint_auth_method -> Text,
        redirect_uris -> Array<Text>,
        post_logout_redirect_uris -> Array<Text>,
        scopes -> Array<Text>,
        grant_types -> Array<Text>,
        first_party -> Bool,
        pkce -> Text,
        access_token_lifetime -> Nullable<Int4>,
        id_token_lifetime -> Nullable<Int4>,
        refresh_idle_lifetime -> Nullable<Int4>,
        refresh_absolute_lifetime -> Nullable<Int4>,
        client_uri -> Nullable<Text>,
        logo_uri -> Nullable<Text>,
        policy_uri -> Nullable<Text>,
        tos_uri -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        removed_at -> Nullable<Timestamptz>,
        disabled_at -> Nullable<Timestamptz>,
        needs_second_factor -> Bool,
        provider -> Nullable<Text>,
    }
}

diesel::table! {
    consents (user_id, client_id) {
        user_id -> Uuid,
        client_id -> Text,
        scopes -> Array<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        claims -> Array<Text>,
    }
}

diesel::table! {
    devices (id) {
        id -> Uuid,
        user_id -> Uuid,
        secret_hash -> Bytea,
        user_agent -> Nullable<Text>,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        expires_at -> Timestamptz,
        trusted_until -> Nullable<Timestamptz>,
        ip -> Nullable<Text>,
    }
}

diesel::table! {
    federation_links (id) {
        id -> Uuid,
        user_id -> Uuid,
        provider_id -> Nullable<Uuid>,
        issuer -> Text,
        subject -> Text,
        email -> Nullable<Text>,
        email_verified -> Bool,
        profile -> Jsonb,
        created_at -> Timestamptz,
        synced_at -> Timestamptz,
    }
}

diesel::table! {
    flows (id) {
        id -> Uuid,
        browser_hash -> Bytea,
        client_id -> Nullable<Text>,
        request -> Nullable<Jsonb>,
        session_id -> Nullable<Uuid>,
        authenticated_at -> Nullable<Timestamptz>,
        consented_scopes -> Nullable<Array<Text>>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        consented_claims -> Nullable<Array<Text>>,
        return_to -> Nullable<Text>,
        user_id -> Nullable<Uuid>,
        proofs -> Nullable<Jsonb>,
        remember -> Nullable<Bool>,
        arrival -> Nullable<Jsonb>,
        account_page -> Nullable<Text>,
    }
}

diesel::table! {
    grants (id) {
        id -> Uuid,
        client_id -> Text,
        user_id -> Uuid,
        session_id -> Nullable<Uuid>,
        scopes -> Array<Text>,
        redirect_uri -> Text,
        nonce -> Nullable<Text>,
        code_challenge -> Nullable<Text>,
        claims -> Nullable<Jsonb>,
        auth_time -> Timestamptz,
        acr -> Text,
        amr -> Array<Text>,
        sid -> Text,
        code_hash -> Bytea,
        code_expires_at -> Timestamptz,
        code_consumed_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        revoke_reason -> Nullable<Text>,
    }
}

diesel::table! {
    instance (singleton) {
        singleton -> Bool,
        issuer -> Text,
        master_key_id -> Text,
        created_at -> Timestamptz,
        administrator_at -> Nullable<Timestamptz>,
        hashing_key -> Nullable<Bytea>,
        hashing_key_nonce -> Nullable<Bytea>,
    }
}

diesel::table! {
    jobs (name) {
        name -> Text,
        due_at -> Timestamptz,
        lease_id -> Nullable<Uuid>,
        leased_until -> Nullable<Timestamptz>,
        failures -> Int4,
        started_at -> Nullable<Timestamptz>,
        succeeded_at -> Nullable<Timestamptz>,
        handled -> Nullable<Int8>,
        failed_at -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    mailed_codes (id) {
        id -> Uuid,
        purpose -> Text,
        flow_id -> Uuid,
        user_id -> Nullable<Uuid>,
        email -> Text,
        code_hash -> Bytea,
        link_hash -> Nullable<Bytea>,
        misses -> Int4,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        consumed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    mails (id) {
        id -> Uuid,
        user_id -> Nullable<Uuid>,
        recipient -> Text,
        kind -> Text,
        language -> Text,
        sealed_letter -> Nullable<Bytea>,
        seal_key_id -> Nullable<Text>,
        seal_nonce -> Nullable<Bytea>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        state -> Text,
        attempts -> Int4,
        due_at -> Timestamptz,
        lease_id -> Nullable<Uuid>,
        last_error -> Nullable<Text>,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    one_time_links (id) {
        id -> Uuid,
        purpose -> Text,
        secret_hash -> Bytea,
        user_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        consumed_at -> Nullable<Timestamptz>,
        session_id -> Nullable<Uuid>,
        email -> Nullable<Text>,
        replaces -> Bool,
        consumed_by -> Nullable<Bytea>,
    }
}

diesel::table! {
    passkey_ceremonies (id) {
        id -> Uuid,
        purpose -> Text,
        browser_hash -> Bytea,
        flow_id -> Nullable<Uuid>,
        session_id -> Nullable<Uuid>,
        user_id -> Nullable<Uuid>,
        state -> Jsonb,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        consumed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    passkeys (id) {
        id -> Uuid,
        user_id -> Uuid,
        name -> Text,
        credential_id -> Bytea,
        credential -> Jsonb,
        aaguid -> Nullable<Uuid>,
        created_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        cloned_at -> Nullable<Timestamptz>,
        disowned_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    password_credentials (user_id) {
        user_id -> Uuid,
        phc -> Text,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    pictures (user_id) {
        user_id -> Uuid,
        name -> Text,
        small -> Bytea,
        large -> Bytea,
        made_at -> Timestamptz,
    }
}

diesel::table! {
    providers (id) {
        id -> Uuid,
        slug -> Text,
        kind -> Text,
        label -> Text,
        issuer -> Text,
        client_id -> Text,
        auth -> Text,
        sealed_secret -> Nullable<Bytea>,
        seal_key_id -> Nullable<Text>,
        seal_nonce -> Nullable<Bytea>,
        policy -> Jsonb,
        position -> Int4,
        hidden -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        disabled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    recovery_codes (id) {
        id -> Uuid,
        user_id -> Uuid,
        code_hash -> Bytea,
        created_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    refresh_tokens (id) {
        id -> Uuid,
        grant_id -> Uuid,
        kid -> Text,
        issued_at -> Timestamptz,
        expires_at -> Timestamptz,
        rotated_at -> Nullable<Timestamptz>,
        successor_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    refusals (id) {
        id -> Uuid,
        at -> Timestamptz,
        request_id -> Text,
        method -> Nullable<Text>,
        endpoint -> Nullable<Text>,
        client_id -> Nullable<Text>,
        error -> Text,
        check_name -> Text,
        specification -> Text,
        expected -> Text,
        got -> Text,
    }
}

diesel::table! {
    registrations (id) {
        id -> Uuid,
        flow_id -> Uuid,
        email -> Text,
        username -> Nullable<Text>,
        name -> Nullable<Text>,
        password_phc -> Nullable<Text>,
        remember -> Bool,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        passkey -> Bool,
        confirmed_at -> Nullable<Timestamptz>,
        confirmed_by -> Nullable<Text>,
    }
}

diesel::table! {
    retired_identifiers (kind, hash) {
        kind -> Text,
        hash -> Bytea,
        retired_at -> Timestamptz,
    }
}

diesel::table! {
    revoked_tokens (jti) {
        jti -> Text,
        client_id -> Text,
        revoked_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    role_permissions (role_id, permission) {
        role_id -> Uuid,
        permission -> Text,
    }
}

diesel::table! {
    roles (id) {
        id -> Uuid,
        name -> Text,
        description -> Text,
        created_at -> Timestamptz,
        needs_second_factor -> Bool,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        sid -> Text,
        secret_hash -> Bytea,
        user_id -> Uuid,
        auth_time -> Timestamptz,
        acr -> Text,
        amr -> Array<Text>,
        remember -> Bool,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        end_reason -> Nullable<Text>,
        proofs -> Nullable<Jsonb>,
        trusted -> Bool,
    }
}

diesel::table! {
    settings (key) {
        key -> Text,
        value -> Jsonb,
        updated_at -> Timestamptz,
        updated_by -> Text,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        state -> Text,
        public_jwk -> Jsonb,
        sealed_key -> Nullable<Bytea>,
        seal_key_id -> Text,
        seal_nonce -> Bytea,
        created_at -> Timestamptz,
        activated_at -> Nullable<Timestamptz>,
        retired_at -> Nullable<Timestamptz>,
        gone_at -> Nullable<Timestamptz>,
        activates_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    upstream_departures (id) {
        id -> Uuid,
        state_hash -> Bytea,
        provider_id -> Uuid,
        browser_hash -> Bytea,
        onward -> Nullable<Text>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        consumed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    upstream_logouts (id) {
        id -> Uuid,
        provider_id -> Uuid,
        jti_hash -> Bytea,
        issuer -> Text,
        subject_hash -> Nullable<Bytea>,
        sid_hash -> Nullable<Bytea>,
        issued_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    upstream_requests (id) {
        id -> Uuid,
        state_hash -> Bytea,
        provider_id -> Uuid,
        browser_hash -> Bytea,
        purpose -> Text,
        flow_id -> Nullable<Uuid>,
        session_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        consumed_at -> Nullable<Timestamptz>,
        second_factor -> Bool,
    }
}

diesel::table! {
    upstream_sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        provider_id -> Uuid,
        flow_id -> Nullable<Uuid>,
        session_id -> Nullable<Uuid>,
        issuer -> Text,
        subject_hash -> Bytea,
        sid_hash -> Nullable<Bytea>,
        sealed_hint -> Nullable<Bytea>,
        seal_key_id -> Nullable<Text>,
        seal_nonce -> Nullable<Bytea>,
        created_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    user_roles (user_id, role_id) {
        user_id -> Uuid,
        role_id -> Uuid,
        granted_at -> Timestamptz,
    }
}

diesel::table! {
    users (id) {
        id -> Uuid,
        subject -> Text,
        username -> Nullable<Text>,
        name -> Nullable<Text>,
        locale -> Nullable<Text>,
        zoneinfo -> Nullable<Text>,
        status -> Text,
        credentials_changed_at -> Timestamptz,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleting_since -> Nullable<Timestamptz>,
        contact -> Nullable<Jsonb>,
        picture -> Nullable<Text>,
        deactivated_at -> Nullable<Timestamptz>,
        disowned_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(addresses -> users (user_id));
diesel::joinable!(authenticators -> users (user_id));
diesel::joinable!(client_secrets -> clients (client_id));
diesel::joinable!(consents -> clients (client_id));
diesel::joinable!(consents -> users (user_id));
diesel::joinable!(devices -> users (user_id));
diesel::joinable!(federation_links -> providers (provider_id));
diesel::joinable!(federation_links -> users (user_id));
diesel::joinable!(flows -> clients (client_id));
diesel::joinable!(flows -> sessions (session_id));
diesel::joinable!(flows -> users (user_id));
diesel::joinable!(grants -> clients (client_id));
diesel::joinable!(grants -> sessions (session_id));
diesel::joinable!(grants -> users (user_id));
diesel::joinable!(mailed_codes -> flows (flow_id));
diesel::joinable!(mailed_codes -> users (user_id));
diesel::joinable!(mails -> users (user_id));
diesel::joinable!(one_time_links -> users (user_id));
diesel::joinable!(passkey_ceremonies -> flows (flow_id));
diesel::joinable!(passkey_ceremonies -> sessions (session_id));
diesel::joinable!(passkey_ceremonies -> users (user_id));
diesel::joinable!(passkeys -> users (user_id));
diesel::joinable!(password_credentials -> users (user_id));
diesel::joinable!(pictures -> users (user_id));
diesel::joinable!(recovery_codes -> users (user_id));
diesel::joinable!(refresh_tokens -> grants (grant_id));
diesel::joinable!(registrations -> flows (flow_id));
diesel::joinable!(revoked_tokens -> clients (client_id));
diesel::joinable!(role_permissions -> roles (role_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(upstream_departures -> providers (provider_id));
diesel::joinable!(upstream_logouts -> providers (provider_id));
diesel::joinable!(upstream_requests -> flows (flow_id));
diesel::joinable!(upstream_requests -> providers (provider_id));
diesel::joinable!(upstream_requests -> sessions (session_id));
diesel::joinable!(upstream_sessions -> flows (flow_id));
diesel::joinable!(upstream_sessions -> providers (provider_id));
diesel::joinable!(upstream_sessions -> sessions (session_id));
diesel::joinable!(upstream_sessions -> users (user_id));
diesel::joinable!(user_roles -> roles (role_id));
diesel::joinable!(user_roles -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    addresses,
    attempt_counters,
    audit_events,
    authenticators,
    client_secrets,
    clients,
    consents,
    devices,
    federation_links,
    flows,
    grants,
    instance,
    jobs,
    mailed_codes,
    mails,
    one_time_links,
    passkey_ceremonies,
    passkeys,
    password_credentials,
    pictures,
    providers,
    recovery_codes,
    refresh_tokens,
    refusals,
    registrations,
    retired_identifiers,
    revoked_tokens,
    role_permissions,
    roles,
    sessions,
    settings,
    signing_keys,
    upstream_departures,
    upstream_logouts,
    upstream_requests,
    upstream_sessions,
    user_roles,
    users,
);
