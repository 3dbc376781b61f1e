//! TLS, where it was compiled in.

use h5_types::{Error, Result};
use ureq::tls::TlsConfig;

use crate::options::HsdsOptions;

/// TLS by rustls, with the cryptography of graviola, which is Rust and assembly that Rust assembles.
///
/// # Errors
/// `Unsupported` if the processor lacks an instruction that it needs; `Usage` for certificates that are none.
#[cfg(all(feature = "tls", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) fn config(options: &HsdsOptions) -> Result<TlsConfig> {
    use std::sync::Arc;

    use ureq::tls::{Certificate, PemItem, RootCerts, TlsProvider, parse_pem};

    if !processor_is_known() {
        return Err(Error::unsupported(
            "TLS on this processor, which is older than the cryptography that is compiled in",
        ));
    }
    let roots = match &options.certificates {
        None => RootCerts::WebPki,
        Some(pem) => {
            let mut certificates: Vec<Certificate<'static>> = Vec::new();
            for item in parse_pem(pem) {
                if let PemItem::Certificate(certificate) =
                    item.map_err(|e| Error::usage("certificates that are no PEM").with_source(e))?
                {
                    certificates.push(certificate);
                }
            }
            if certificates.is_empty() {
                return Err(Error::usage("no certificate among the certificates"));
            }
            RootCerts::from(certificates)
        }
    };
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls_graviola::default_provider()))
        .build())
}

/// Whether the processor has what graviola asks for; without, it would end the program.
#[cfg(all(feature = "tls", target_arch = "x86_64"))]
fn processor_is_known() -> bool {
    use std::arch::is_x86_feature_detected as has;

    has!("aes")
        && has!("ssse3")
        && has!("pclmulqdq")
        && has!("bmi1")
        && has!("bmi2")
        && has!("adx")
        && has!("avx")
        && has!("avx2")
}

/// Whether the processor has what graviola asks for; without, it would end the program.
#[cfg(all(feature = "tls", target_arch = "aarch64"))]
fn processor_is_known() -> bool {
    use std::arch::is_aarch64_feature_detected as has;

    has!("neon") && has!("aes") && has!("pmull") && has!("sha2")
}

/// There is no TLS.
///
/// # Errors
/// `Unsupported`.
#[cfg(not(all(feature = "tls", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(super) fn config(_options: &HsdsOptions) -> Result<TlsConfig> {
    Err(Error::unsupported("https: this was built without TLS (feature `tls`, for x86-64 and AArch64)"))
}
