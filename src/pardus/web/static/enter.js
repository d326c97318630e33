"use strict";
// The token stands after # in the address, which never leaves the browser: put it into the form and send that.
const form = document.getElementById("enter");
const token = location.hash.slice(1);
const field = form?.elements.namedItem("token");
if (form !== null && token !== "" && field instanceof HTMLInputElement) {
    history.replaceState(null, "", location.pathname);
    field.value = token;
    form.submit();
}
