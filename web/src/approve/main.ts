import { mount } from "svelte";
import "../app.css";
import Approve from "./Approve.svelte";

mount(Approve, { target: document.getElementById("app")! });
