//! Basic OP: the answer comes in the query.

use super::suite::Mode;

basic_op!(Mode::Query);
