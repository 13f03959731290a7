//! Form Post OP: the modules of Basic OP, and the browser posts the answer.

use super::suite::Mode;

basic_op!(Mode::FormPost);
