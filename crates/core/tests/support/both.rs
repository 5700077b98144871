//! Runs one test body against each backend that is compiled in.

/// `both! { name, backend => { body } }` makes the tests `name::aws_lc` and `name::portable`, in which `backend` is
/// the module of that name.
macro_rules! both {
    ($name:ident, $backend:ident => $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[cfg(feature = "aws-lc")]
            #[test]
            fn aws_lc() {
                use clausa_core::hazmat::backends::aws_lc as $backend;
                $body
            }

            #[cfg(feature = "portable")]
            #[test]
            fn portable() {
                use clausa_core::hazmat::backends::portable as $backend;
                $body
            }
        }
    };
}
