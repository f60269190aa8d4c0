//! MITRE ATT&CK's tactics of a technique, and the kill chain phase of a tactic.
//!
//! Technique and tactic numbers are those of ATT&CK for Enterprise, version 17 (2025), © The MITRE Corporation, whose terms
//! allow their use. A sub-technique has the tactics of its technique. Phases are those that published Splunk content
//! gives to tactics.

/// A tactic.
#[derive(Debug, PartialEq, Eq)]
pub struct Tactic {
    /// Such as `TA0002`.
    pub id: &'static str,
    /// As risk events name it: in small letters, with dashes.
    pub name: &'static str,
    /// The phase of the cyber kill chain.
    pub phase: &'static str,
    techniques: &'static [u16],
}

#[rustfmt::skip]
const TACTICS: &[Tactic] = &[
    Tactic { id: "TA0043", name: "reconnaissance", phase: "Reconnaissance", techniques: &[1589, 1590, 1591, 1592, 1593, 1594, 1595, 1596, 1597, 1598] },
    Tactic { id: "TA0042", name: "resource-development", phase: "Weaponization", techniques: &[1583, 1584, 1585, 1586, 1587, 1588, 1608, 1650] },
    Tactic { id: "TA0001", name: "initial-access", phase: "Delivery", techniques: &[1078, 1091, 1133, 1189, 1190, 1195, 1199, 1200, 1566, 1659, 1669] },
    Tactic { id: "TA0002", name: "execution", phase: "Installation", techniques: &[
        1047, 1053, 1059, 1072, 1106, 1129, 1203, 1204, 1559, 1569, 1609, 1610, 1648, 1651, 1674, 1675,
    ] },
    Tactic { id: "TA0003", name: "persistence", phase: "Installation", techniques: &[
        1037, 1053, 1078, 1098, 1112, 1133, 1136, 1137, 1176, 1197, 1205, 1505, 1525, 1542, 1543, 1546, 1547, 1554, 1556, 1574, 1653, 1668, 1671,
    ] },
    Tactic { id: "TA0004", name: "privilege-escalation", phase: "Exploitation", techniques: &[
        1037, 1053, 1055, 1068, 1078, 1098, 1134, 1484, 1543, 1546, 1547, 1548, 1574, 1611,
    ] },
    Tactic { id: "TA0005", name: "defense-evasion", phase: "Exploitation", techniques: &[
        1006, 1014, 1027, 1036, 1055, 1070, 1078, 1112, 1127, 1134, 1140, 1197, 1202, 1205, 1207, 1211, 1216, 1218, 1220, 1221, 1222, 1480, 1484, 1497,
        1535, 1542, 1548, 1550, 1553, 1556, 1562, 1564, 1574, 1578, 1599, 1600, 1601, 1610, 1612, 1620, 1622, 1647, 1656, 1666, 1672,
    ] },
    Tactic { id: "TA0006", name: "credential-access", phase: "Exploitation", techniques: &[
        1003, 1040, 1056, 1110, 1111, 1187, 1212, 1528, 1539, 1552, 1555, 1556, 1557, 1558, 1606, 1621, 1649,
    ] },
    Tactic { id: "TA0007", name: "discovery", phase: "Exploitation", techniques: &[
        1007, 1010, 1012, 1016, 1018, 1033, 1040, 1046, 1049, 1057, 1069, 1082, 1083, 1087, 1120, 1124, 1135, 1201, 1217, 1482, 1497, 1518, 1526, 1538,
        1580, 1613, 1614, 1615, 1619, 1622, 1652, 1654, 1673,
    ] },
    Tactic { id: "TA0008", name: "lateral-movement", phase: "Exploitation", techniques: &[1021, 1072, 1080, 1091, 1210, 1534, 1550, 1563, 1570] },
    Tactic { id: "TA0009", name: "collection", phase: "Exploitation", techniques: &[
        1005, 1025, 1039, 1056, 1074, 1113, 1114, 1115, 1119, 1123, 1125, 1185, 1213, 1530, 1557, 1560, 1602,
    ] },
    Tactic { id: "TA0011", name: "command-and-control", phase: "Command and Control", techniques: &[
        1001, 1008, 1071, 1090, 1092, 1095, 1102, 1104, 1105, 1132, 1205, 1219, 1568, 1571, 1572, 1573, 1659, 1665,
    ] },
    Tactic { id: "TA0010", name: "exfiltration", phase: "Actions on Objectives", techniques: &[1011, 1020, 1029, 1030, 1041, 1048, 1052, 1537, 1567] },
    Tactic { id: "TA0040", name: "impact", phase: "Actions on Objectives", techniques: &[
        1485, 1486, 1489, 1490, 1491, 1495, 1496, 1498, 1499, 1529, 1531, 1561, 1565, 1657, 1667,
    ] },
];

/// The tactics of techniques such as `T1055` or `T1003.001`, in the order of an attack.
pub fn tactics(techniques: &[String]) -> Vec<&'static Tactic> {
    let numbers: Vec<u16> = techniques
        .iter()
        .filter_map(|id| id.strip_prefix('T')?.split('.').next()?.parse().ok())
        .collect();
    TACTICS
        .iter()
        .filter(|tactic| {
            numbers
                .iter()
                .any(|number| tactic.techniques.contains(number))
        })
        .collect()
}

/// The kill chain phases of techniques, each once.
pub fn kill_chain_phases(techniques: &[String]) -> Vec<String> {
    let mut phases: Vec<String> = tactics(techniques)
        .into_iter()
        .map(|tactic| tactic.phase.to_owned())
        .collect();
    phases.dedup();
    phases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technique_leads_to_its_tactics_and_phases() {
        let ids = |techniques: &[&str]| -> Vec<&str> {
            let techniques: Vec<String> = techniques.iter().map(|id| (*id).to_owned()).collect();
            tactics(&techniques)
                .into_iter()
                .map(|tactic| tactic.id)
                .collect()
        };
        assert_eq!(ids(&["T1055"]), ["TA0004", "TA0005"]);
        assert_eq!(ids(&["T1003.001", "T1566"]), ["TA0001", "TA0006"]);
        assert!(ids(&["T9999", "x", "T"]).is_empty());
        assert_eq!(
            kill_chain_phases(&["T1055".into(), "T1486".into()]),
            ["Exploitation", "Actions on Objectives"]
        );
    }
}
