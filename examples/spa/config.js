// Where Latchkey is. This page must come from the same site: browsers send its cookies along then.
window.ISSUER = "http://localhost:8080";
