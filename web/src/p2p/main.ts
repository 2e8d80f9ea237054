import { mount } from "svelte";
import "../app.css";
import "./p2p.css";
import P2p from "./P2p.svelte";

mount(P2p, { target: document.getElementById("app")! });
