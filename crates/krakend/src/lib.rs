//! krakend
